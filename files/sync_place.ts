// The place that a sync makes a copy in: what is there, and how it is changed. Nothing here follows
// a link. The calls for small things block, see the comment of `sync_walk.ts`.

import { ProtocolError } from "../wire/errors.ts";
import {
  AtomicFile,
  type Hold,
  isTemporary,
  type Release,
} from "./atomic_file.ts";
import { asFileError, codeOf, FileError } from "./file_error.ts";
import { split } from "./paths.ts";
import type { SmallFiles } from "./small_files.ts";
import type { SyncCounts, SyncEvent } from "./sync_messages.ts";
import { NO_NAME, under } from "./sync_walk.ts";

/** Options of {@linkcode Place}. */
export interface PlaceOptions {
  /** Whether to remove what the source does not have. */
  delete: boolean;
  /** What is not to be touched, see `walk`. */
  exclude: RegExp | undefined;
  /** Whether to change nothing. */
  dryRun: boolean;
  /** Sees to it that a temporary file goes with this process. */
  hold: Hold;
  /** Takes what happens. */
  onEvent(...event: SyncEvent): void | Promise<void>;
}

/** A directory that is being copied. */
export interface Directory {
  /** Its path in the tree. */
  path: string;
  /** What its permissions are to be. */
  mode: number;
  /** What its time is to be, in milliseconds since 1970. */
  mtime: number;
  /** What it holds that the source was not seen to have, and whether it is a directory. */
  others: Map<string, boolean> | undefined;
  /** The last name that the source has listed. */
  last: string;
  /** Whether nothing in it can be copied. */
  failed: boolean;
  /** The permissions that it had. */
  own?: number;
  /** The name of files in it while they are written. */
  temporary?: string;
  /** Lets go of that. */
  release?: Release;
}

/** A file to write, or whose permissions to set. */
export interface Wanted {
  /** Its path in the tree. */
  path: string;
  /** The directory it is in. */
  parent: Directory;
  /** Its permissions. */
  mode: number;
  /** Its time in milliseconds since 1970. */
  mtime: number;
  /** Its size in bytes. */
  size: number;
  /** What is there. */
  there: Deno.FileInfo | undefined;
}

/** A directory that becomes a copy. */
export class Place {
  /** The absolute path of its root. */
  readonly root: string;
  /** What was done. */
  readonly counts: SyncCounts = {
    files: 0,
    size: 0,
    transferred: 0,
    bytes: 0,
    changed: 0,
    deleted: 0,
  };

  /** What there is for small files, once it was needed. */
  small: SmallFiles | undefined;

  #options: PlaceOptions;
  #entered: Directory[] = [];

  constructor(root: string, options: PlaceOptions) {
    this.root = root;
    this.#options = options;
  }

  /** Does something, and goes on when it fails. */
  async attempt(path: string, run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      if (error instanceof ProtocolError) throw error;
      await this.fail(path, error);
    }
  }

  /** Notes that something failed. */
  async fail(path: string, error: unknown): Promise<void> {
    await this.#options.onEvent("fail", path, asFileError(error).message);
  }

  /** The absolute path of something in the tree. */
  at(path: string): string {
    return path === "" ? this.root : `${this.root}/${path}`;
  }

  /** What is there. */
  find(path: string): Deno.FileInfo | undefined {
    try {
      return Deno.lstatSync(this.at(path));
    } catch (error) {
      if (codeOf(error) === "ENOENT") return undefined;
      throw asFileError(error);
    }
  }

  /** Notes what is in a directory that is there. */
  async look(directory: Directory, { mode }: Deno.FileInfo): Promise<void> {
    directory.own = mode! & 0o7777;
    this.#open(directory.path, directory.own);
    directory.others = new Map();
    for await (const entry of Deno.readDir(this.at(directory.path))) {
      directory.others.set(entry.name, entry.isDirectory);
    }
  }

  /** Makes a directory, or makes sure that it is there. */
  async enter(directory: Directory): Promise<void> {
    const { path, own } = directory;
    if (this.#options.dryRun) {
      if (own === undefined) await this.#changed("create", path, "directory");
      return;
    }
    let there = this.find(path);
    if (!there?.isDirectory) there = this.#make(directory, there);
    if (there === undefined) await this.#changed("create", path, "directory");
    else {
      directory.own ??= there.mode! & 0o7777;
      this.#open(path, directory.own);
    }
    this.#entered.push(directory);
  }

  /**
   * Removes what is not in the source if that is wanted, and sets permissions and time.
   *
   * @param complete Whether all that the source has is known.
   */
  async leave(directory: Directory, complete: boolean): Promise<void> {
    const { path, others, own, mode } = directory;
    if (complete && this.#options.delete) {
      for (const name of others?.keys() ?? []) {
        await this.remove(under(path, name));
      }
    }
    if (own !== undefined && path !== "" && (own & 0o777) !== mode) {
      await this.#changed("attributes", path, "directory");
    }
    if (this.#options.dryRun) return;
    this.#entered.pop();
    this.#settle(directory);
  }

  /** Sets permissions and time as they are to be. */
  #settle({ path, own, mode, mtime, release }: Directory): void {
    release?.(); // Whoever holds the whole waits for what is to be waited for.
    // The root is the user's own, unless it was made for this.
    const final = path === "" ? own ?? mode : mode;
    const { mode: now, mtime: time } = Deno.lstatSync(this.at(path));
    // Whoever made the directory, its group and sticky bit stay.
    const wanted = (now! & 0o7000) | (final & 0o777);
    if ((now! & 0o7777) !== wanted) Deno.chmodSync(this.at(path), wanted);
    if (time?.getTime() !== mtime && (path !== "" || own === undefined)) {
      this.#setTime(path, mtime);
    }
  }

  /** Removes something and all that is in it, but for what is excluded. Says if it is gone. */
  async remove(path: string): Promise<boolean> {
    const { dryRun, exclude, onEvent } = this.#options;
    const [, name] = split(path);
    if (isTemporary(name)) return false; // Another copy is at work here.
    try {
      const info = this.find(path);
      if (exclude?.test(info?.isDirectory ? `${path}/` : path)) return false;
      if (info?.isDirectory) {
        this.#open(path, info.mode!);
        let empty = true;
        for await (const inner of Deno.readDir(this.at(path))) {
          if (!await this.remove(under(path, inner.name))) empty = false;
        }
        if (!empty) return false;
      }
      if (info === undefined) {
        if (name.includes("\ufffd")) throw new FileError("unknown", NO_NAME);
        return true; // Another one was faster.
      }
      if (!dryRun) await Deno.remove(this.at(path));
      this.counts.deleted++;
      await onEvent("delete", path, typeOf(info));
      return true;
    } catch (error) {
      if (codeOf(error) === "ENOENT") return true; // Here, too.
      await this.fail(path, error);
      return false;
    }
  }

  /** Makes a link. */
  async link(wanted: Wanted, target: string): Promise<void> {
    const { path, there } = wanted;
    if (there?.isSymlink && Deno.readLinkSync(this.at(path)) === target) return;
    const temporary = await this.makeWay(wanted);
    if (!this.#options.dryRun) {
      put(temporary, this.at(path), () => Deno.symlinkSync(target, temporary));
    }
    await this.#changed(there ? "update" : "create", path, "link");
  }

  /** Sets permissions and time of a file. */
  async attributes({ path, mode, mtime, there }: Wanted): Promise<void> {
    const own = there!.mode! & 0o7777;
    if (own === mode && there!.mtime?.getTime() === mtime) return;
    if (!this.#options.dryRun) {
      if (own !== mode) Deno.chmodSync(this.at(path), mode);
      this.#setTime(path, mtime);
    }
    await this.#changed("attributes", path, "file");
  }

  /** Notes that a file was written. */
  wrote({ path, size, there }: Wanted): void | Promise<void> {
    this.counts.transferred++;
    this.counts.bytes += size;
    return this.#options.onEvent(there ? "update" : "create", path, "file");
  }

  /**
   * Makes sure that no directory is where something else is to be.
   *
   * @returns The name to make it under, in the same directory.
   */
  async makeWay({ path, parent, there }: Wanted): Promise<string> {
    if (there?.isDirectory) {
      if (this.#options.delete) await this.remove(path);
      if (this.#options.dryRun) return "";
      await Deno.remove(this.at(path)).catch((error) => {
        if (codeOf(error) === "ENOENT") return;
        throw new FileError(
          "directory",
          "a directory that is not empty is in its place; `delete` removes what is not excluded",
        );
      });
    }
    if (this.#options.dryRun) return "";
    if (parent.temporary === undefined) {
      const temporary = this.at(
        under(parent.path, `.tongs-${crypto.randomUUID()}`),
      );
      parent.release = await this.#options.hold(temporary);
      parent.temporary = temporary;
    }
    return parent.temporary;
  }

  /** Begins a file that arrives in many pieces. */
  create({ path, mode, mtime }: Wanted): Promise<AtomicFile> {
    const { hold } = this.#options;
    return AtomicFile.create(this.at(path), {
      mode,
      mtime,
      follow: false,
      hold,
    });
  }

  /** Leaves directories as they would be at the end, if that did not come. */
  [Symbol.dispose](): void {
    for (const directory of this.#entered.reverse()) {
      try {
        this.#settle(directory);
      } catch {
        // It is gone, or belongs to somebody else.
      }
    }
  }

  async #changed(...event: SyncEvent): Promise<void> {
    this.counts.changed++;
    await this.#options.onEvent(...event);
  }

  /**
   * Makes a directory. Returns what is there if another copy was faster, as on a file system that
   * several hosts share.
   */
  #make(
    { path, mode }: Directory,
    there: Deno.FileInfo | undefined,
  ): Deno.FileInfo | undefined {
    const [at, own] = [this.at(path), mode | 0o700];
    try {
      if (there !== undefined) Deno.removeSync(at);
      if (path === "") Deno.mkdirSync(split(at)[0], { recursive: true });
      Deno.mkdirSync(at, { mode: own });
    } catch (error) {
      const other = this.find(path);
      if (other?.isDirectory) return other;
      throw error;
    }
    // Whatever the umask: another copy takes these for the user's own, which it leaves alone.
    if (path === "") Deno.chmodSync(at, own);
  }

  /** Lets this user do everything in a directory of its own. */
  #open(path: string, mode: number): void {
    if ((mode & 0o700) === 0o700 || this.#options.dryRun) return;
    Deno.chmodSync(this.at(path), (mode | 0o700) & 0o7777);
  }

  #setTime(path: string, mtime: number): void {
    Deno.utimeSync(this.at(path), new Date(), new Date(mtime));
  }
}

/** The type of something, in a word. */
function typeOf({ isDirectory, isFile, isSymlink }: Deno.FileInfo): string {
  if (isDirectory) return "directory";
  return isSymlink ? "link" : isFile ? "file" : "other";
}

/** Makes something and renames it, within one turn. */
export function put(temporary: string, path: string, make: () => void): void {
  try {
    make();
    Deno.renameSync(temporary, path);
  } catch (error) {
    try {
      Deno.removeSync(temporary);
    } catch {
      // It was not made.
    }
    throw asFileError(error);
  }
}

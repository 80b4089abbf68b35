// A file that comes to be as a whole or not at all: it is written under a temporary name beside
// the target, which is renamed once all is well. Whoever opens the target sees the old file or the
// new one, and of two that are written at once one wins.
//
// Nothing is flushed to the disk (`fsync`), as in cp, scp and rsync: what the rename promises is
// kept when processes are killed and connections break. It would make a large file wait for the
// disk, and of what a power failure leaves the file system knows more.

import type { FileHandle } from "node:fs/promises";
import { type Digest, sha256 } from "./digest.ts";
import { asFileError, codeOf, damaged, FileError } from "./file_error.ts";
import { findTarget, join, split } from "./paths.ts";

/** The longest part of a name that its temporary name has too, so that both are short enough. */
const MAX_STEM = 40;

/** Lets go of a file that would go with this process. */
export type Release = () => void | Promise<void>;

/** Sees to it that a file goes with this process, and returns what lets go of it. */
export type Hold = (path: string) => Promise<Release>;

/** Options of {@linkcode AtomicFile.create}. */
export interface AtomicFileOptions {
  /** The permission bits that it gets, whatever the umask. */
  mode?: number;
  /**
   * Without `mode`: the bits that a new file gets, less the umask. A file that is replaced keeps
   * its own, but for those that would let whoever runs the new content be its owner.
   */
  newMode?: number;
  /** When it was changed, in milliseconds since 1970. By default that is now. */
  mtime?: number;
  /**
   * Whether a link is followed. If not, the file takes its place.
   *
   * @default {true}
   */
  follow?: boolean;
  /** Sees to it that the temporary file goes with this process. */
  hold: Hold;
}

/** What was written. */
export interface Written {
  /** The absolute path, links followed. */
  path: string;
  /** The size in bytes. */
  size: number;
  /** The SHA-256 in hexadecimal. */
  sha256: string;
}

/** A file that is being written. */
export class AtomicFile implements AsyncDisposable {
  /** Where it will be. */
  readonly path: string;

  #temporary: string;
  #file: FileHandle;
  #digest: Digest;
  #mode: number | undefined;
  #mtime: number | undefined;
  #release: Release;
  #size = 0;
  #over = false;

  private constructor(
    path: string,
    temporary: string,
    file: FileHandle,
    digest: Digest,
    mode: number | undefined,
    release: Release,
  ) {
    this.path = path;
    this.#temporary = temporary;
    this.#file = file;
    this.#digest = digest;
    this.#mode = mode;
    this.#release = release;
  }

  /**
   * Begins a file.
   *
   * @param target Its absolute path. A link is followed unless the options say otherwise.
   * @param options Its permissions and time.
   * @throws {FileError} If no file can be made there.
   */
  static async create(
    target: string,
    { mode, newMode = 0o666, mtime, follow = true, hold }: AtomicFileOptions,
  ): Promise<AtomicFile> {
    let release: Release | undefined;
    let path = target;
    try {
      let info: Deno.FileInfo | undefined;
      if (follow) ({ path, info } = await findTarget(target));
      const temporary = temporaryPath(path);
      const { open } = await import("node:fs/promises");
      const digest = await sha256();
      release = await hold(temporary);
      if (mode === undefined && info !== undefined) mode = info.mode! & 0o777;
      // Exclusively, which also follows no link. Deno's own files cannot have their mode changed
      // but by name, and the name may be another file's by then.
      const file = await open(
        temporary,
        "wx",
        mode === undefined ? newMode : 0o600,
      );
      const made = new AtomicFile(
        path,
        temporary,
        file,
        digest,
        mode,
        release,
      );
      made.#mtime = mtime;
      return made;
    } catch (error) {
      await release?.();
      const [dir] = split(path);
      const code = codeOf(error);
      if (code === "EACCES" && release !== undefined) {
        // The file itself may well be one that this user may write.
        const text = `permission denied: no file can be made in "${dir}"`;
        throw new FileError("permission", text, error);
      }
      if (code !== "ENOENT" || await isThere(dir)) {
        throw asFileError(error); // In /proc, say, nobody can make a file.
      }
      throw new FileError("not-found", `there is no directory "${dir}"`, error);
    }
  }

  /** Writes the next bytes, which must stay unchanged until then. */
  async write(bytes: Uint8Array): Promise<void> {
    this.#size += bytes.length;
    try {
      let written = this.#file.write(bytes);
      this.#digest.update(bytes); // While another thread writes.
      for (;;) {
        const { bytesWritten } = await written;
        bytes = bytes.subarray(bytesWritten);
        if (bytes.length === 0) return;
        written = this.#file.write(bytes);
      }
    } catch (error) {
      throw asFileError(error);
    }
  }

  /**
   * Puts the file in its place.
   *
   * @param expected The digest that its content must have.
   * @throws {FileError} If it has another one, or cannot be put there.
   */
  async commit(expected?: string): Promise<Written> {
    const { path } = this;
    const sha256 = this.#digest.hex();
    if (expected !== undefined && sha256 !== expected) {
      throw damaged(sha256, expected);
    }
    try {
      if (this.#mode !== undefined) await this.#file.chmod(this.#mode);
      await this.#file.close();
      if (this.#mtime !== undefined) {
        await Deno.utime(this.#temporary, new Date(), new Date(this.#mtime));
      }
      await Deno.rename(this.#temporary, path);
    } catch (error) {
      throw asFileError(error);
    }
    this.#over = true;
    await this.#release();
    return { path, size: this.#size, sha256 };
  }

  /** Removes what was written, unless it is in its place. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    await this.#file.close().catch(() => {}); // It may be closed.
    await Deno.remove(this.#temporary).catch(() => {});
    await this.#release();
  }
}

async function isThere(dir: string): Promise<boolean> {
  return await Deno.stat(dir).then(() => true, () => false);
}

/** A name that nobody can guess, beside a path. */
function temporaryPath(path: string): string {
  const [dir, name] = split(path);
  const random = crypto.getRandomValues(new Uint8Array(9))
    .toBase64({ alphabet: "base64url" });
  return join(dir, `.${[...name].slice(0, MAX_STEM).join("")}.tongs-${random}`);
}

/** Whether a name is that of a file or link that someone is still writing. */
export function isTemporary(name: string): boolean {
  return /^\.(.*\.)?tongs-[\w-]{12,36}$/s.test(name);
}

/** A path for a new file among those of a moment. */
export function momentaryPath(): string {
  const dir = Deno.env.get("TMPDIR") || "/tmp";
  return join(dir.replace(/(.)\/+$/, "$1"), `tongs-${crypto.randomUUID()}`);
}

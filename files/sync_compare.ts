// How a tree that arrives differs from what is there: what is to be done about each entry, and which
// contents are wanted. Nothing is changed here, but that directories become readable.

import { ProtocolError } from "../wire/errors.ts";
import { asFileError, FileError } from "./file_error.ts";
import { timeOf } from "./source.ts";
import { isName, readEntry } from "./sync_check.ts";
import {
  DIRECTORY,
  FILE,
  LEAVE,
  MAX_PATH,
  MAX_TREE_DEPTH,
  OTHER,
} from "./sync_messages.ts";
import type { Directory, Place, PlaceOptions, Wanted } from "./sync_place.ts";
import { LocalTree } from "./sync_source.ts";
import { under } from "./sync_walk.ts";

/** What is left to do, in the order of the listing: something, or a file that will arrive. */
export type Step = (() => Promise<void>) | Wanted;

/** What is wanted: a file, with the SHA-256 of what is there if that may be it. */
export type FileWanted = { sha256: string | null } | undefined;

/** Compares a listing with a place. */
export class Comparison {
  #place: Place;
  /** What is there, to compare its content. */
  #own: LocalTree | undefined;
  #options: PlaceOptions;
  #add: (step: Step) => void;
  /** The directories that the listing is in. */
  #open: Directory[] = [];
  #begun = false;

  constructor(
    place: Place,
    options: PlaceOptions,
    add: (step: Step) => void,
  ) {
    this.#place = place;
    this.#options = options;
    this.#add = add;
  }

  /** Whether the whole tree was listed. */
  get isComplete(): boolean {
    return this.#begun && this.#open.length === 0;
  }

  /** Takes an entry. Returns what is wanted of it, if it is a file. */
  async take(value: unknown): Promise<FileWanted> {
    const entry = readEntry(value);
    const [kind, name] = entry;
    if (kind === LEAVE) return this.#leave(name);
    const parent = this.#open.at(-1);
    const path = this.#pathOf(name, kind === DIRECTORY, parent);
    if (parent === undefined || kind === DIRECTORY) {
      if (kind === DIRECTORY) {
        return await this.#directory(path, entry[2] & 0o777, entry[3], parent);
      }
      throw new ProtocolError("Cannot sync what is no directory");
    }
    if (kind === FILE) {
      this.#place.counts.files++;
      this.#place.counts.size += entry[4];
    }
    let there: Deno.FileInfo | undefined;
    const known = parent.others?.delete(name) ?? false;
    if (parent.failed) return;
    if (kind === OTHER) {
      return void this.#add(async () => {
        await this.#options.onEvent(entry[3] ? "fail" : "skip", path, entry[2]);
      });
    }
    try {
      if (known) there = this.#place.find(path);
    } catch (error) {
      return void await this.#place.fail(path, error);
    }
    const [, , mode, mtime, size] = kind === FILE ? entry : [0, 0, 0, 0, 0];
    const wanted: Wanted = {
      path,
      parent,
      mode: mode & 0o777,
      mtime,
      size,
      there,
    };
    if (kind === FILE) return await this.#file(wanted);
    const target = entry[3] ? this.#place.at(entry[2]) : entry[2];
    this.#later(wanted, () => this.#place.link(wanted, target));
  }

  async #directory(
    path: string,
    mode: number,
    mtime: number,
    parent: Directory | undefined,
  ): Promise<undefined> {
    const directory: Directory = {
      path,
      mode,
      mtime,
      others: undefined,
      last: "",
      failed: parent?.failed ?? false,
    };
    this.#open.push(directory);
    const known = parent === undefined ||
      parent.others?.delete(path.slice(path.lastIndexOf("/") + 1));
    // What is wrong with the root is wrong with all of it.
    const attempt = async (run: () => Promise<void>) => {
      directory.failed ||= parent?.failed ?? false;
      if (directory.failed) return;
      try {
        await run();
      } catch (error) {
        if (parent === undefined) throw asFileError(error);
        directory.failed = true;
        await this.#place.fail(path, error);
      }
    };
    await attempt(async () => {
      const there = known ? this.#place.find(path) : undefined;
      if (there?.isDirectory) await this.#place.look(directory, there);
      else if (there !== undefined && parent === undefined) {
        throw new FileError("not-a-directory", "it is no directory");
      }
    });
    this.#add(() => attempt(() => this.#place.enter(directory)));
  }

  #leave(why: string | null): undefined {
    const directory = this.#open.pop();
    if (directory === undefined) {
      throw new ProtocolError("Cannot leave a directory that was not entered");
    }
    this.#add(async () => {
      if (directory.failed) return;
      let failure = why;
      try {
        await this.#place.leave(directory, why === null);
      } catch (error) {
        failure ??= asFileError(error).message;
      }
      if (failure === null) return;
      await this.#options.onEvent("fail", directory.path, failure);
    });
  }

  async #file(wanted: Wanted): Promise<FileWanted> {
    const { path, mode, mtime, size, there } = wanted;
    if (there?.isFile && there.size === size) {
      const time = timeOf(there);
      if (time === mtime) {
        if ((there.mode! & 0o7777) !== mode) {
          this.#later(wanted, () => this.#place.attributes(wanted));
        }
        return;
      }
      this.#add(wanted);
      this.#own ??= new LocalTree(this.#place.root);
      const sha256 = await this.#own.digest({ path, size, mtime: time })
        .catch(() => null); // It may be write-only.
      return { sha256 };
    }
    if (!this.#options.dryRun) {
      this.#add(wanted);
      return { sha256: null };
    }
    this.#later(wanted, async () => {
      await this.#place.makeWay(wanted);
      await this.#place.wrote(wanted);
    });
  }

  #later(wanted: Wanted, run: () => Promise<void>): void {
    this.#add(async () => {
      if (!wanted.parent.failed) await this.#place.attempt(wanted.path, run);
    });
  }

  /** The path of an entry. Its name is checked: it is one name, and none that was there before. */
  #pathOf(
    name: string,
    isDirectory: boolean,
    parent: Directory | undefined,
  ): string {
    if (parent === undefined) {
      if (name !== "" || this.#begun) {
        throw new ProtocolError("Cannot take an entry outside of the tree");
      }
      this.#begun = true;
      return "";
    }
    if (!isName(name) || !(name > parent.last)) {
      throw new ProtocolError(
        `Cannot take an entry named ${JSON.stringify(name.slice(0, 100))} here`,
      );
    }
    parent.last = name;
    const path = under(parent.path, name);
    if (path.length > MAX_PATH) {
      throw new ProtocolError("Cannot take a path that is so long");
    }
    if (this.#options.exclude?.test(isDirectory ? `${path}/` : path)) {
      throw new ProtocolError("Cannot take an entry that is excluded");
    }
    if (this.#open.length >= MAX_TREE_DEPTH) {
      throw new ProtocolError("Cannot take a tree that is nested so deep");
    }
    return path;
  }
}

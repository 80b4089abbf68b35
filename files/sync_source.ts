// The tree that a sync copies, as its sender sees it.

import { sha256, sha256OfWhole } from "./digest.ts";
import { asFileError, FileError } from "./file_error.ts";
import { treeRoot } from "./paths.ts";
import { SMALL_FILE } from "./sync_messages.ts";
import { type Batch, walk } from "./sync_walk.ts";

/** How much of a large file is read at once, in bytes. */
const CHUNK_SIZE = 256 * 1024;

/** A file of a tree, as it was listed. */
export interface Listed {
  /** Its path in the tree. */
  path: string;
  /** Its size in bytes. */
  size: number;
  /** When it was changed, in milliseconds since 1970. */
  mtime: number;
}

/** A whole small file. */
export interface Whole {
  /** Its content. */
  bytes: Uint8Array;
  /** The SHA-256 of that. */
  sha256: string;
}

/** A tree to copy. */
export interface TreeSource {
  /** What is in it. */
  list(): AsyncIterator<Batch, void>;
  /** A file of up to `SMALL_FILE` bytes. */
  readSmall(file: Listed): Whole | Promise<Whole>;
  /**
   * The content of any other, in pieces that are valid until the next is asked for, and then its
   * SHA-256.
   */
  read(file: Listed): AsyncGenerator<Uint8Array, string>;
  /** The SHA-256 of a file. */
  digest(file: Listed): Promise<string>;
}

/** A tree on this machine that is copied to one place. */
export class LocalTree implements TreeSource {
  /** The absolute path of its root. */
  readonly root: string;

  #named: string;
  #exclude: RegExp | undefined;
  #sha256: ((bytes: Uint8Array) => string) | undefined;

  /**
   * Constructs a new instance.
   *
   * @param path The absolute path of its root.
   * @param exclude What to leave out, see `walk`.
   */
  constructor(path: string, exclude?: RegExp) {
    this.root = treeRoot(path);
    this.#named = path.replace(/(.)\/+$/, "$1");
    this.#exclude = exclude;
  }

  /** What is in it. */
  list(): AsyncIterator<Batch, void> {
    return walk(this.root, this.#named, this.#exclude);
  }

  /** A small file. */
  readSmall(file: Listed): Whole | Promise<Whole> {
    if (this.#sha256 === undefined) return this.#begin(file);
    const bytes = readSmall(`${this.root}/${file.path}`, file);
    return { bytes, sha256: this.#sha256(bytes) };
  }

  async #begin(file: Listed): Promise<Whole> {
    this.#sha256 = await sha256OfWhole();
    return await this.readSmall(file);
  }

  /** The content of any other. */
  async *read(
    { path, size, mtime }: Listed,
  ): AsyncGenerator<Uint8Array, string> {
    path = `${this.root}/${path}`;
    const digest = await sha256();
    try {
      using file = await Deno.open(path);
      const buffer = new Uint8Array(CHUNK_SIZE);
      for (let rest = size; rest > 0;) {
        const count = await file.read(buffer.subarray(0, rest));
        if (count === null) break;
        const piece = buffer.subarray(0, count);
        digest.update(piece);
        yield piece;
        rest -= count;
      }
      unchanged(await file.stat(), size, mtime);
      return digest.hex();
    } catch (error) {
      throw asFileError(error);
    }
  }

  /** The SHA-256 of a file. */
  async digest(file: Listed): Promise<string> {
    if (file.size <= SMALL_FILE) return (await this.readSmall(file)).sha256;
    const pieces = this.read(file);
    for (;;) {
      const { done, value } = await pieces.next();
      if (done) return value;
    }
  }
}

/** Reads a file at once, see the comment of `sync_walk.ts`. */
function readSmall(path: string, { size, mtime }: Listed): Uint8Array {
  try {
    using file = Deno.openSync(path);
    const bytes = new Uint8Array(size);
    let used = 0;
    while (used < size) {
      const count = file.readSync(bytes.subarray(used));
      if (count === null) break;
      used += count;
    }
    unchanged(file.statSync(), size, mtime);
    return bytes;
  } catch (error) {
    throw asFileError(error);
  }
}

/** Checks that a file is what it was when it was listed. */
function unchanged(info: Deno.FileInfo, size: number, mtime: number): void {
  if (info.size !== size || (info.mtime?.getTime() ?? 0) !== mtime) {
    throw new FileError("changed", "it has changed while it was read");
  }
}

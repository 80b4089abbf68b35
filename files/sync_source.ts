// The tree that a sync copies, as its sender sees it.

import { sha256 } from "./digest.ts";
import { asFileError, changed, codeOf, FileError } from "./file_error.ts";
import { treeRoot, withoutSlash } from "./paths.ts";
import { timeOf } from "./source.ts";
import { type SmallFiles, smallFiles } from "./small_files.ts";
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
  /** The absolute path of its root. */
  readonly root: string;
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
  #small: SmallFiles | undefined;

  /**
   * Constructs a new instance.
   *
   * @param path The absolute path of its root.
   * @param exclude What to leave out, see `walk`.
   */
  constructor(path: string, exclude?: RegExp) {
    this.root = treeRoot(path);
    this.#named = withoutSlash(path);
    this.#exclude = exclude;
  }

  /** What is in it. */
  list(): AsyncIterator<Batch, void> {
    return walk(this.root, this.#named, this.#exclude);
  }

  /** A small file. */
  readSmall(file: Listed): Whole | Promise<Whole> {
    if (this.#small === undefined) return this.#begin(file);
    const path = `${this.root}/${file.path}`;
    try {
      const bytes = this.#small.read(path, file.size);
      sameAsListed(path, file);
      return { bytes, sha256: this.#small.sha256(bytes) };
    } catch (error) {
      throw failureOf(error);
    }
  }

  async #begin(file: Listed): Promise<Whole> {
    this.#small = await smallFiles();
    return await this.readSmall(file);
  }

  /** The content of any other. */
  async *read(listed: Listed): AsyncGenerator<Uint8Array, string> {
    const path = `${this.root}/${listed.path}`;
    const digest = await sha256();
    try {
      const { constants, open } = await import("node:fs/promises");
      const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
      const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
      try {
        const buffer = new Uint8Array(CHUNK_SIZE);
        for (let rest = listed.size; rest > 0;) {
          const { bytesRead } = await file.read(
            buffer,
            0,
            Math.min(rest, CHUNK_SIZE),
            null,
          );
          if (bytesRead === 0) break;
          const piece = buffer.subarray(0, bytesRead);
          digest.update(piece);
          yield piece;
          rest -= bytesRead;
        }
      } finally {
        await file.close();
      }
      sameAsListed(path, listed);
      return digest.hex();
    } catch (error) {
      throw failureOf(error);
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

/** Throws if a file is not what it was when it was listed. */
export function sameAsListed(path: string, { size, mtime }: Listed): void {
  const info = Deno.lstatSync(path);
  if (info.isFile && info.size === size && timeOf(info) === mtime) return;
  throw changed();
}

/** What the system says of a file that was a regular one when it was listed. */
function failureOf(error: unknown): FileError {
  return codeOf(error) === "ELOOP"
    ? new FileError("changed", "it has become a link", error)
    : asFileError(error);
}

// A file of a sync that arrives: small ones are written at once, others as they come.

import type { AtomicFile } from "./atomic_file.ts";
import { asFileError, damaged, FileError } from "./file_error.ts";
import { smallFiles } from "./small_files.ts";
import { SMALL_FILE } from "./sync_messages.ts";
import { type Place, put, type Wanted } from "./sync_place.ts";

/** A file that arrives. */
export class Incoming implements AsyncDisposable {
  /** Which one. */
  readonly wanted: Wanted;

  #place: Place;
  #small: Uint8Array = new Uint8Array();
  #file: AtomicFile | undefined;
  #received = 0;
  #failure: FileError | undefined;

  constructor(place: Place, wanted: Wanted) {
    this.#place = place;
    this.wanted = wanted;
    if (wanted.parent.failed) {
      this.#failure = new FileError("not-a-directory", "it has no directory");
    }
  }

  /** How much is still to come, in bytes. */
  get rest(): number {
    return this.wanted.size - this.#received;
  }

  /** Takes the next bytes. Returns a promise only if there is something to wait for. */
  write(bytes: Uint8Array): Promise<void> | undefined {
    this.#received += bytes.length;
    if (this.#failure !== undefined) return; // It arrives all the same.
    const isWhole = this.#received === bytes.length && this.rest === 0;
    if (!isWhole || this.wanted.size > SMALL_FILE) return this.#write(bytes);
    this.#small = bytes;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    try {
      if (this.#file === undefined) {
        await this.#place.makeWay(this.wanted);
        this.#file = await this.#place.create(this.wanted);
      }
      await this.#file.write(bytes);
    } catch (error) {
      this.#failure = asFileError(error);
    }
  }

  /**
   * Puts it in its place.
   *
   * @throws {FileError} If that is not possible.
   */
  async commit(expected: string): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#file !== undefined) await this.#file.commit(expected);
    else {
      await this.#place.makeWay(this.wanted);
      this.#place.small ??= await smallFiles();
      this.commitNow(expected);
    }
  }

  /**
   * Puts it in its place if it is small and there is nothing to wait for. Says if that was so.
   *
   * @throws {FileError} If that is not possible.
   */
  commitNow(expected: string): boolean {
    const { parent, path, there, mode, mtime } = this.wanted;
    const { small } = this.#place;
    const { temporary } = parent;
    if (
      small === undefined || temporary === undefined ||
      this.#file !== undefined || this.#failure !== undefined ||
      there?.isDirectory && this.#place.find(path)?.isDirectory
    ) return false;
    const sha256 = small.sha256(this.#small);
    if (sha256 !== expected) throw damaged(sha256, expected);
    put(temporary, this.#place.at(path), () => {
      small.write(temporary, this.#small, mode, mtime);
    });
    return true;
  }

  /** Removes what was written, unless it is in its place. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file?.[Symbol.asyncDispose]();
  }
}

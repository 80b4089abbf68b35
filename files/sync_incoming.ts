// A file of a sync that arrives: small ones are written at once, others as they come.

import type { AtomicFile } from "./atomic_file.ts";
import { sha256 } from "./digest.ts";
import { asFileError, FileError } from "./file_error.ts";
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

  /** Takes the next bytes. */
  async write(bytes: Uint8Array): Promise<void> {
    this.#received += bytes.length;
    if (this.#failure !== undefined) return; // It arrives all the same.
    const { size } = this.wanted;
    try {
      if (
        size <= SMALL_FILE && this.#received === bytes.length && this.rest === 0
      ) {
        this.#small = bytes;
        return;
      }
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
    const { wanted } = this;
    if (this.#file !== undefined) await this.#file.commit(expected);
    else {
      const digest = await sha256();
      digest.update(this.#small);
      if (digest.hex() !== expected) {
        throw new FileError("checksum", "what arrived is not what was sent");
      }
      const temporary = await this.#place.makeWay(wanted);
      putFile(this.#small, temporary, this.#place.at(wanted.path), wanted);
    }
    await this.#place.wrote(wanted);
  }

  /** Removes what was written, unless it is in its place. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file?.[Symbol.asyncDispose]();
  }
}

/** Writes a small file at once, in a third of the time. */
function putFile(
  bytes: Uint8Array,
  temporary: string,
  path: string,
  { mode, mtime }: Wanted,
): void {
  put(temporary, path, () => {
    using file = Deno.openSync(temporary, {
      write: true,
      createNew: true,
      mode: 0o600,
    });
    while (bytes.length > 0) bytes = bytes.subarray(file.writeSync(bytes));
    file.utimeSync(new Date(), new Date(mtime));
    Deno.chmodSync(temporary, mode);
  });
}

// A file that is read from its beginning to its end, and must not change meanwhile.

import { asFileError, changed, FileError } from "./file_error.ts";

/** How much is read at once, in bytes. */
const CHUNK_SIZE = 1024 * 1024;

/** How much is handed on at once, in bytes: hashing more would keep all else waiting. */
const PIECE_SIZE = 128 * 1024;

/** A file that is open for reading. */
export class SourceFile implements Disposable {
  /** Its path. */
  readonly path: string;
  /** What it was when it was opened. */
  readonly info: Deno.FileInfo;

  #file: Deno.FsFile;
  /** Where `readAt` is. */
  #offset = 0;

  private constructor(path: string, file: Deno.FsFile, info: Deno.FileInfo) {
    this.path = path;
    this.#file = file;
    this.info = info;
  }

  /**
   * Opens a file.
   *
   * @param path Its path.
   * @param follow Whether it may be a link to one.
   * @throws {FileError} If it cannot be read, or is no regular file.
   */
  static async open(path: string, follow = true): Promise<SourceFile> {
    const look = follow ? Deno.stat : Deno.lstat;
    try {
      // First, because opening a pipe would wait for a writer.
      const { isFile, isDirectory } = await look(path);
      if (isDirectory) throw new FileError("directory", "it is a directory");
      if (!isFile) throw new FileError("not-a-file", "it is no regular file");
      const file = await Deno.open(path);
      try {
        const info = await file.stat();
        // It may have been a link for a moment.
        if (!follow) sameFile(info, await Deno.lstat(path));
        return new SourceFile(path, file, info);
      } catch (error) {
        file.close();
        throw error;
      }
    } catch (error) {
      throw asFileError(error);
    }
  }

  /**
   * Its content, piece by piece. Each piece is valid until the next is asked for.
   *
   * @throws {FileError} If it cannot be read, or has changed meanwhile.
   */
  async *read(): AsyncGenerator<Uint8Array, void> {
    // Files in /proc and the like do not know their size.
    const size = this.info.size || PIECE_SIZE;
    const buffer = new Uint8Array(Math.min(size, CHUNK_SIZE));
    let read = 0;
    try {
      for (;;) {
        const count = await this.#file.read(buffer);
        if (count === null) break;
        // One that grows may never come to its end.
        if ((read += count) > this.info.size) await this.check();
        for (let i = 0; i < count; i += PIECE_SIZE) {
          yield buffer.subarray(i, Math.min(i + PIECE_SIZE, count));
        }
      }
      await this.check();
    } catch (error) {
      throw asFileError(error);
    }
  }

  /**
   * Fills a buffer from some place on, as far as there is content. Not while it is also read from
   * its beginning.
   *
   * @param buffer The buffer.
   * @param offset The place in bytes.
   * @returns The part of the buffer that was filled.
   * @throws {FileError} If it cannot be read.
   */
  async readAt(buffer: Uint8Array, offset: number): Promise<Uint8Array> {
    try {
      if (offset !== this.#offset) {
        await this.#file.seek(offset, Deno.SeekMode.Start);
      }
      this.#offset = offset;
      let filled = 0;
      while (filled < buffer.length) {
        const count = await this.#file.read(buffer.subarray(filled));
        if (count === null) break;
        filled += count;
      }
      this.#offset += filled;
      return buffer.subarray(0, filled);
    } catch (error) {
      throw asFileError(error);
    }
  }

  /**
   * Throws if it has changed. What is read is not compared with its size: that of files in /proc
   * and /sys is made up.
   *
   * @throws {FileError} If it has.
   */
  async check(): Promise<void> {
    if (!isUnchanged(await this.#file.stat(), this.info)) throw changed();
  }

  /** Closes it. */
  [Symbol.dispose](): void {
    this.#file.close();
  }
}

/** When a file was changed, in milliseconds since 1970; 0 for a time that no `Date` can tell. */
export function timeOf({ mtime }: Deno.FileInfo): number {
  return mtime?.getTime() || 0;
}

/** Whether size and time of a file are what they were. */
export function isUnchanged(now: Deno.FileInfo, then: Deno.FileInfo): boolean {
  return now.size === then.size && timeOf(now) === timeOf(then);
}

function sameFile(a: Deno.FileInfo, b: Deno.FileInfo): void {
  if (a.dev === b.dev && a.ino === b.ino) return;
  throw new FileError("changed", "it has changed while it was opened");
}

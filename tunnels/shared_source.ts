// A source that goes to many places and is read and hashed once.
//
// The place that is furthest reads on; the last pieces stay for the others. So a slow place never
// holds up a fast one, and memory does not grow with their distance: a place that falls behind by
// more than what stays, or whose turn comes later, reads for itself what it missed. What it reads
// must have the digest that the first reading had.

import { type Digest, sha256 } from "../files/digest.ts";
import { changed } from "../files/file_error.ts";
import { isUnchanged, SourceFile } from "../files/source.ts";
import type { FileSource } from "./file_options.ts";
import { type Content, nameOf, sourcePath } from "./file_source.ts";
import { spool } from "./spool.ts";

const PIECE_SIZE = 64 * 1024;

/** How many pieces stay. */
const MAX_PIECES = 128;

/** What is behind a shared source. */
interface Origin extends AsyncDisposable {
  path: string | undefined;
  size: number | undefined;
  /** A reader that fills buffers from any place on. */
  reader(): Promise<OriginReader>;
}

interface OriginReader extends Disposable {
  readAt(buffer: Uint8Array, offset: number): Promise<Uint8Array>;
  check(): Promise<void>;
}

/** The source as one place reads it. */
export let viewOf: (source: SharedSource) => Content;

/**
 * A source that is put to many places and read once, which is what a group does. A stream is kept in
 * a temporary file until it is disposed of.
 *
 * @example Two places, one stream
 * ```ts
 * import { Local, SharedSource } from "tongs";
 * import { assertEquals } from "@std/assert";
 *
 * await using a = new Local("a");
 * await using b = new Local("b");
 * await using source = await SharedSource.open(new Blob(["hello"]).stream());
 * const [one, two] = await Promise.all([a.put(source), b.put(source)]);
 * assertEquals(one.sha256, two.sha256);
 * await Promise.all([Deno.remove(one.remotePath), Deno.remove(two.remotePath)]);
 * ```
 */
export class SharedSource implements AsyncDisposable {
  /** What it is, for errors. */
  readonly name: string;

  #origin: Origin;
  #leader: OriginReader;
  #digest: Digest;
  #sha256: string | undefined;
  /** The last pieces, and the number of the first of them. */
  #pieces: Uint8Array[] = [];
  #first = 0;
  #reading: Promise<void> | undefined;

  private constructor(
    name: string,
    origin: Origin,
    leader: OriginReader,
    digest: Digest,
  ) {
    this.name = name;
    this.#origin = origin;
    this.#leader = leader;
    this.#digest = digest;
  }

  /**
   * Begins to read a source. A stream is read to its end first.
   *
   * @param source The source.
   * @param signal Cancels the reading of a stream.
   * @param follow Whether a file may be a link to one.
   * @throws {FileError} If it cannot be read.
   */
  static async open(
    source: Exclude<FileSource, SharedSource>,
    signal?: AbortSignal,
    follow = true,
  ): Promise<SharedSource> {
    const origin = await originOf(source, signal, follow);
    try {
      const leader = await origin.reader();
      return new SharedSource(nameOf(source), origin, leader, await sha256());
    } catch (error) {
      await origin[Symbol.asyncDispose]();
      throw error;
    }
  }

  static {
    viewOf = (source) => source.#view();
  }

  #view(): Content {
    const buffer = new Uint8Array(PIECE_SIZE);
    let own: OriginReader | undefined;
    let next = 0;
    return {
      path: this.#origin.path,
      size: this.#origin.size,
      read: async () => {
        const index = next++;
        while (index >= this.#end && this.#sha256 === undefined) {
          await (this.#reading ??= this.#readOn());
        }
        if (index >= this.#end) {
          await own?.check();
          return undefined;
        }
        const shared = this.#pieces[index - this.#first];
        if (shared !== undefined) return shared;
        own ??= await this.#origin.reader();
        return await own.readAt(buffer, index * PIECE_SIZE);
      },
      sha256: () => this.#sha256!,
      [Symbol.asyncDispose]() {
        own?.[Symbol.dispose]();
        return Promise.resolve();
      },
    };
  }

  /** Closes it, once nothing reads it any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#leader[Symbol.dispose]();
    await this.#origin[Symbol.asyncDispose]();
  }

  /** The number of the piece that nobody has read yet. */
  get #end(): number {
    return this.#first + this.#pieces.length;
  }

  /** Reads one more piece. Where that fails, it stays so for all. */
  async #readOn(): Promise<void> {
    const offset = this.#end * PIECE_SIZE;
    const buffer = new Uint8Array(PIECE_SIZE);
    const { size } = this.#origin;
    const piece = await this.#leader.readAt(buffer, offset);
    if (size === undefined || offset + piece.length > size) {
      await this.#leader.check(); // One that grows may never come to its end.
    }
    if (piece.length > 0) {
      this.#digest.update(piece);
      this.#pieces.push(piece);
      if (this.#pieces.length > MAX_PIECES) {
        this.#pieces.shift();
        this.#first++;
      }
    }
    if (piece.length < PIECE_SIZE) {
      await this.#leader.check();
      this.#sha256 = this.#digest.hex();
    }
    this.#reading = undefined;
  }
}

async function originOf(
  source: Exclude<FileSource, SharedSource>,
  signal: AbortSignal | undefined,
  follow: boolean,
): Promise<Origin> {
  if (source instanceof Uint8Array) return ofBytes(source);
  if (source instanceof ReadableStream) {
    const spooled = await spool(source, signal);
    return {
      ...await ofFile(spooled.path, false),
      path: undefined,
      [Symbol.asyncDispose]: () => spooled[Symbol.asyncDispose](),
    };
  }
  return await ofFile(sourcePath(source), follow);
}

async function ofFile(path: string, follow: boolean): Promise<Origin> {
  using file = await SourceFile.open(path, follow);
  const { info } = file;
  return {
    path,
    size: info.size || undefined,
    async reader() {
      const file = await SourceFile.open(path, follow);
      if (!isUnchanged(file.info, info)) {
        file[Symbol.dispose]();
        throw changed();
      }
      return file;
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function ofBytes(bytes: Uint8Array): Origin {
  return {
    path: undefined,
    size: bytes.length,
    reader: () =>
      Promise.resolve({
        readAt: (buffer, offset) =>
          Promise.resolve(bytes.subarray(offset, offset + buffer.length)),
        check: () => Promise.resolve(),
        [Symbol.dispose]() {},
      }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

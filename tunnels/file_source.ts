// What `put` sends: a file, bytes or a stream, read once and piece by piece.

import { type Digest, sha256 } from "../files/digest.ts";
import { SourceFile } from "../files/source.ts";
import type { FileSource } from "./file_options.ts";
import { isPath, localPath, show } from "./given_path.ts";
import { SharedSource, viewOf } from "./shared_source.ts";

/** The largest piece, in bytes. */
const PIECE_SIZE = 64 * 1024;

/** What is to be sent. */
export interface Content extends AsyncDisposable {
  /** Its absolute path here, if it is a file. */
  readonly path: string | undefined;
  /** Its size in bytes, if that is known. */
  readonly size: number | undefined;
  /** The next piece, valid until the one after it is asked for, or `undefined` at the end. */
  read(): Promise<Uint8Array | undefined>;
  /** The SHA-256 of all of it, at the end. */
  sha256(): string;
}

/** The name of a source, for errors. */
export function nameOf(source: FileSource): string {
  if (source instanceof Uint8Array) return `${source.length} bytes`;
  if (source instanceof SharedSource) return source.name;
  return source instanceof ReadableStream ? "a stream" : `"${source}"`;
}

/** The path of a source as it was given, if it is a file. */
export function pathOf(source: FileSource): string | undefined {
  return isPath(source) ? String(source) : undefined;
}

/**
 * Begins to read a source.
 *
 * @throws {FileError} If it is a file that cannot be read.
 */
export async function openSource(source: FileSource): Promise<Content> {
  if (source instanceof SharedSource) return viewOf(source);
  if (source instanceof Uint8Array) return await fromBytes(source);
  if (source instanceof ReadableStream) return await fromStream(source);
  return await fromFile(sourcePath(source));
}

/**
 * The path of a source that is a file.
 *
 * @throws {TypeError} If it is nothing that can be put.
 */
export function sourcePath(source: string | URL): string {
  if (isPath(source)) return localPath(source);
  throw new TypeError(
    `Cannot put ${
      show(source)
    }: it is no path, URL, Uint8Array or ReadableStream`,
  );
}

async function fromFile(path: string): Promise<Content> {
  const file = await SourceFile.open(path);
  const pieces = file.read();
  return content(await sha256(), {
    path,
    // Files in /proc and the like have content and no size.
    size: file.info.size || undefined,
    next: async () => (await pieces.next()).value ?? undefined,
    async end() {
      await pieces.return();
      file[Symbol.dispose]();
    },
  });
}

async function fromBytes(bytes: Uint8Array): Promise<Content> {
  let offset = 0;
  return content(await sha256(), {
    path: undefined,
    size: bytes.length,
    next() {
      const piece = bytes.subarray(offset, offset += PIECE_SIZE);
      return Promise.resolve(piece.length === 0 ? undefined : piece);
    },
    end: () => Promise.resolve(),
  });
}

async function fromStream(
  stream: ReadableStream<Uint8Array>,
): Promise<Content> {
  const reader = stream.getReader();
  return content(await sha256(), {
    path: undefined,
    size: undefined,
    async next() {
      const { done, value } = await reader.read();
      if (!done) checkBytes(value);
      return value;
    },
    end() {
      reader.closed.catch(() => {}); // Releasing it rejects this, too.
      reader.releaseLock();
      return Promise.resolve();
    },
  });
}

/** Checks what a stream gives. */
export function checkBytes(value: unknown): void {
  if (value instanceof Uint8Array) return;
  throw new TypeError("Cannot put a stream of what is no Uint8Array");
}

interface Reader {
  path: string | undefined;
  size: number | undefined;
  next(): Promise<Uint8Array | undefined>;
  end(): Promise<void>;
}

function content(digest: Digest, { path, size, next, end }: Reader): Content {
  return {
    path,
    size,
    async read() {
      const piece = await next();
      if (piece !== undefined) digest.update(piece);
      return piece;
    },
    sha256: () => digest.hex(),
    [Symbol.asyncDispose]: end,
  };
}

// Where `fetch` puts what comes: a file, or a stream of the user.

import { AtomicFile, momentaryPath } from "../files/atomic_file.ts";
import { sha256 } from "../files/digest.ts";
import { damaged } from "../files/file_error.ts";
import { hold } from "../files/janitor.ts";
import type { FileHead } from "../wire/messages.ts";
import type { FileTarget } from "./file_options.ts";
import { isPath, localPath, show } from "./given_path.ts";

/** What takes a file. Disposing drops what is not committed. */
export interface Sink extends AsyncDisposable {
  /** Whether it keeps the bytes that it was given. */
  readonly keeps: boolean;
  /** Takes the next bytes. */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * Ends it.
   *
   * @param sha256 The digest that it must have.
   * @returns Its absolute path, if it is a file.
   * @throws {FileError} If it has another digest.
   */
  commit(sha256: string): Promise<string | undefined>;
}

/** Where a file goes on this side, before anything is asked for. */
export function targetPath(target: FileTarget | undefined): string | undefined {
  if (target instanceof WritableStream) return undefined;
  if (target === undefined) return momentaryPath();
  if (isPath(target)) return localPath(target);
  throw new TypeError(
    `Cannot fetch to ${show(target)}: it is no path, URL or WritableStream`,
  );
}

/**
 * Begins a file.
 *
 * @param target What was given: a file that is a path, a stream, or nothing.
 * @param path The path, unless it is a stream.
 * @param head What is known of the file.
 */
export async function openSink(
  target: FileTarget | undefined,
  path: string | undefined,
  head: FileHead,
): Promise<Sink> {
  if (path === undefined) return await toStream(target as WritableStream);
  const file = await AtomicFile.create(path, {
    // As in cp: a new file gets the bits of its source, less the umask. One among the temporary
    // files is nobody else's business.
    ...(target === undefined
      ? { mode: 0o600 }
      : { newMode: head.mode & 0o777 }),
    hold,
  });
  return {
    keeps: false,
    write: (bytes) => file.write(bytes),
    commit: async (sha256) => (await file.commit(sha256)).path,
    [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
  };
}

async function toStream(stream: WritableStream<Uint8Array>): Promise<Sink> {
  const digest = await sha256();
  const writer = stream.getWriter();
  return {
    keeps: true,
    async write(bytes) {
      digest.update(bytes);
      await writer.ready;
      await writer.write(bytes);
    },
    async commit(expected) {
      const actual = digest.hex();
      if (actual !== expected) throw damaged(actual, expected);
      await writer.close();
      return undefined;
    },
    [Symbol.asyncDispose]() {
      writer.closed.catch(() => {}); // Releasing it rejects this, too.
      writer.releaseLock();
      return Promise.resolve();
    },
  };
}

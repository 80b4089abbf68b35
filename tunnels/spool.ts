// A stream that is kept in a temporary file, because it is needed more than once.

import { AtomicFile, momentaryPath } from "../files/atomic_file.ts";
import { hold } from "../files/janitor.ts";
import { checkBytes } from "./file_source.ts";

/** A file of a moment, which disposing removes. */
export interface Spooled extends AsyncDisposable {
  /** Where it is. */
  path: string;
}

/**
 * Keeps a stream in a file.
 *
 * @param stream The stream, which is read to its end.
 * @param signal Cancels it, and the stream.
 * @throws {FileError} If it cannot be kept.
 */
export async function spool(
  stream: ReadableStream<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<Spooled> {
  const path = momentaryPath();
  const release = await hold(path);
  try {
    await using file = await AtomicFile.create(path, { mode: 0o600, hold });
    await stream.pipeTo(
      new WritableStream({
        write: (bytes) => {
          checkBytes(bytes);
          return file.write(bytes);
        },
      }),
      signal === undefined ? {} : { signal },
    );
    await file.commit();
  } catch (error) {
    await release();
    throw error;
  }
  return {
    path,
    async [Symbol.asyncDispose]() {
      await Deno.remove(path).catch(() => {}); // Somebody may have cleaned up there.
      await release();
    },
  };
}

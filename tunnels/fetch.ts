// `fetch`, from this side.

import { ProtocolError } from "../wire/errors.ts";
import type { FetchRequest } from "../wire/messages.ts";
import type { Connection } from "./connection.ts";
import type {
  FetchOptions,
  FileTarget,
  TransferResult,
} from "./file_options.ts";
import { openSink, type Sink, targetPath } from "./file_sink.ts";
import { Progress } from "./progress.ts";
import { readFileDone, readFileHead } from "./received_files.ts";
import type { Transfer } from "./transfer.ts";
import { explained } from "./transfer_error.ts";

/** The most that comes of a file that does not know its size, as those in /proc, in bytes. */
const MAX_SIZELESS = 64 * 1024 * 1024;

/** What {@linkcode fetch} needs to know. */
export interface FetchParameters extends FetchOptions {
  /** The host. */
  host: string;
  /** The directory that relative paths there are in. */
  cwd: string | undefined;
}

/**
 * Fetches a file.
 *
 * @param connection Where from.
 * @param remotePath The file there.
 * @param target Where it goes.
 * @param parameters How.
 */
export async function fetch(
  connection: Connection,
  remotePath: string,
  target: FileTarget | undefined,
  { host, cwd, signal, onProgress }: FetchParameters,
): Promise<TransferResult> {
  const what = `Cannot fetch "${remotePath}" from "${host}"`;
  const names = { what, host, there: remotePath };
  const here = await explained(
    { ...names, here: String(target) },
    () => Promise.try(targetPath, target),
  );
  const request: FetchRequest = {
    op: "fetch",
    path: remotePath,
    ...(cwd === undefined ? {} : { cwd }),
  };
  using transfer = connection.transfer(request, signal);
  return await explained({ ...names, here }, async () => {
    const head = readFileHead(await transfer.head);
    const progress = new Progress(host, onProgress);
    if (head.size > 0) progress.total = head.size;
    progress.add(0);
    await using sink = await openSink(target, here, head);
    const limit = head.size || MAX_SIZELESS;
    await receive(transfer, sink, progress, limit);
    const { size, sha256 } = readFileDone(await transfer.answer);
    if (size !== progress.bytes) {
      throw new ProtocolError(
        `${what}: the far side says that it sent ${size} bytes, and sent ${progress.bytes}`,
      );
    }
    const localPath = await sink.commit(sha256);
    progress.end();
    return { localPath, remotePath: head.path, size, sha256 };
  });
}

async function receive(
  transfer: Transfer,
  sink: Sink,
  progress: Progress,
  limit: number,
): Promise<void> {
  let bytes: Uint8Array | undefined;
  while ((bytes = await transfer.read()) !== undefined) {
    if (progress.bytes + bytes.length > limit) {
      throw new ProtocolError(
        `Cannot take more than the ${limit} bytes of a file`,
      );
    }
    await transfer.during(sink.write(bytes));
    progress.add(bytes.length);
  }
}

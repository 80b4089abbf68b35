// `fetch`, from this side.

import { ProtocolError } from "../wire/errors.ts";
import type { FetchRequest, FileDone, FileHead } from "../wire/messages.ts";
import { drop } from "./drop.ts";
import type {
  FetchOptions,
  FileTarget,
  TransferResult,
} from "./file_options.ts";
import { openSink, type Sink, targetPath } from "./file_sink.ts";
import { type OperationOptions, signalOf } from "./operation.ts";
import type { Place } from "./place.ts";
import { Progress } from "./progress.ts";
import { readFileDone, readFileHead } from "./received_files.ts";
import type { Transfer } from "./transfer.ts";
import { explained, type Transferred } from "./transfer_error.ts";

/** The most that comes of a file that does not know its size, as those in /proc, in bytes. */
const MAX_SIZELESS = 64 * 1024 * 1024;

/** What {@linkcode fetch} needs to know. */
export interface FetchParameters extends FetchOptions {
  /** What the tunnel's operations carry. */
  operation: OperationOptions;
}

/**
 * Fetches a file.
 *
 * @param place Where from.
 * @param remotePath The file there.
 * @param target Where it goes.
 * @param parameters How.
 */
export async function fetch(
  place: Place,
  remotePath: string,
  target: FileTarget | undefined,
  { operation, signal, onProgress }: FetchParameters,
): Promise<TransferResult> {
  const { host } = place;
  const transferred: Transferred = {
    what: `Cannot fetch "${remotePath}" from "${host}"`,
    host,
    here: target instanceof WritableStream ? undefined : target?.toString(),
    there: remotePath,
  };
  try {
    const request: FetchRequest = {
      op: "fetch",
      path: remotePath,
      ...(operation.cwd === undefined ? {} : { cwd: operation.cwd }),
    };
    const both = signalOf(operation, signal);
    const connection = place.connection();
    return await explained(transferred, async () => {
      const path = targetPath(target);
      transferred.here ??= path; // A temporary file has a name now.
      using transfer = connection.transfer(request, both);
      const head = readFileHead(await transfer.head);
      const progress = new Progress(host, onProgress);
      if (head.size > 0) progress.total = head.size;
      await using sink = await openSink(target, path, head);
      const { size, sha256 } = await receive(transfer, sink, progress, head);
      progress.end(); // Before it is in its place: what it throws must leave nothing.
      const commit = sink.commit(sha256);
      // A stream may take for ever to close. A file is in its place at once, and then all was well.
      const localPath =
        await (path === undefined ? transfer.during(commit) : commit);
      return { localPath, remotePath: head.path, size, sha256 };
    });
  } catch (error) {
    // As `pipeTo` does: its consumer learns that what it has is not all, and why.
    if (target instanceof WritableStream) drop(() => target.abort(error));
    throw error;
  }
}

async function receive(
  transfer: Transfer,
  sink: Sink,
  progress: Progress,
  head: FileHead,
): Promise<FileDone> {
  const limit = head.size || MAX_SIZELESS;
  progress.add(0);
  let bytes: Uint8Array | undefined;
  while ((bytes = await transfer.read()) !== undefined) {
    if (progress.bytes + bytes.length > limit) {
      throw new ProtocolError(
        `Cannot take more than the ${limit} bytes of a file`,
      );
    }
    await transfer.during(sink.write(bytes));
    progress.add(bytes.length);
    if (!sink.keeps) transfer.recycle(bytes);
  }
  const done = readFileDone(await transfer.answer);
  if (done.size === progress.bytes) return done;
  throw new ProtocolError(
    `Cannot fetch a file: ${progress.bytes} of ${done.size} bytes have come`,
  );
}

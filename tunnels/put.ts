// `put`, from this side.

import { ProtocolError } from "../wire/errors.ts";
import type { FileEnd, PutRequest } from "../wire/messages.ts";
import type { FileSource, PutOptions, TransferResult } from "./file_options.ts";
import { type Content, nameOf, openSource, pathOf } from "./file_source.ts";
import { drop } from "./drop.ts";
import { type OperationOptions, signalOf } from "./operation.ts";
import type { Place } from "./place.ts";
import { Progress } from "./progress.ts";
import { readFileDone } from "./received_files.ts";
import type { Transfer } from "./transfer.ts";
import { explained } from "./transfer_error.ts";

/** The permission bits that a file gets there. */
const MODE = 0o644;

/** What {@linkcode put} needs to know. */
export interface PutParameters extends PutOptions {
  /** Where it goes, or `undefined` for a new temporary file. */
  remotePath: string | undefined;
  /** What the tunnel's operations carry. */
  operation: OperationOptions;
}

/** Checks the permission bits that somebody wants. */
export function checkMode(mode: number = MODE): number {
  if (Number.isInteger(mode) && mode >= 0 && mode <= 0o7777) return mode;
  throw new RangeError(
    `Cannot put a file with the mode ${mode}: it must be from 0 to 0o7777`,
  );
}

/**
 * Sends a file.
 *
 * @param place Where to.
 * @param source What.
 * @param parameters Under which name, and how.
 */
export async function put(
  place: Place,
  source: FileSource,
  parameters: PutParameters,
): Promise<TransferResult> {
  const { host } = place;
  const { remotePath, operation } = parameters;
  const as = remotePath === undefined ? "" : ` as "${remotePath}"`;
  const transferred = {
    what: `Cannot put ${nameOf(source)} on "${host}"${as}`,
    host,
    here: pathOf(source),
    there: remotePath ?? "",
  };
  try {
    const request: PutRequest = {
      op: "put",
      path: remotePath ?? null,
      mode: checkMode(parameters.mode),
      ...(operation.cwd === undefined ? {} : { cwd: operation.cwd }),
    };
    const signal = signalOf(operation, parameters.signal);
    const connection = place.connection();
    return await explained(transferred, async () => {
      await using content = await openSource(source);
      using transfer = connection.transfer(request, signal);
      const progress = new Progress(host, parameters.onProgress);
      progress.total = content.size;
      const done = await send(transfer, content, progress);
      return { localPath: content.path, ...done };
    });
  } catch (error) {
    // As `pipeTo` does: its producer learns that nobody wants the rest, and why.
    if (source instanceof ReadableStream) drop(() => source.cancel(error));
    throw error;
  }
}

async function send(
  transfer: Transfer,
  content: Content,
  progress: Progress,
): Promise<Omit<TransferResult, "localPath">> {
  progress.add(0);
  let piece: Uint8Array | undefined;
  while ((piece = await transfer.during(content.read())) !== undefined) {
    await transfer.write(piece);
    progress.add(piece.length);
  }
  progress.end(); // Before it is in its place: what it throws must leave nothing.
  const sha256 = content.sha256();
  await transfer.end({ sha256 } satisfies FileEnd);
  const done = readFileDone(await transfer.answer);
  if (done.sha256 !== sha256 || done.size !== progress.bytes) {
    throw new ProtocolError("Cannot put a file: the far side took another");
  }
  return { remotePath: done.path, size: done.size, sha256 };
}

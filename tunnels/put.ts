// `put`, from this side.

import { ProtocolError } from "../wire/errors.ts";
import type { FileEnd, PutRequest } from "../wire/messages.ts";
import type { Connection } from "./connection.ts";
import type { FileSource, PutOptions, TransferResult } from "./file_options.ts";
import { type Content, nameOf, openSource } from "./file_source.ts";
import { Progress } from "./progress.ts";
import { readFileDone } from "./received_files.ts";
import type { Transfer } from "./transfer.ts";
import { explained, type Transferred } from "./transfer_error.ts";

/** The permission bits that a file gets there. */
const MODE = 0o644;

/** What {@linkcode put} needs to know. */
export interface PutParameters extends PutOptions {
  /** The host. */
  host: string;
  /** Where it goes, or `undefined` for a new temporary file. */
  remotePath: string | undefined;
  /** The directory that relative paths there are in. */
  cwd: string | undefined;
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
 * @param connection Where to.
 * @param source What.
 * @param parameters Under which name, and how.
 */
export async function put(
  connection: Connection,
  source: FileSource,
  parameters: PutParameters,
): Promise<TransferResult> {
  checkMode(parameters.mode);
  const transferred = describe(source, parameters);
  await using content = await explained(
    transferred,
    () => openSource(source),
  );
  return await putContent(connection, content, transferred, parameters);
}

/** What is transferred, for errors. */
export function describe(
  source: FileSource,
  { host, remotePath = "" }: PutParameters,
): Transferred {
  const as = remotePath === "" ? "" : ` as "${remotePath}"`;
  return {
    what: `Cannot put ${nameOf(source)} on "${host}"${as}`,
    host,
    here: typeof source === "string" ? source : String(source),
    there: remotePath,
  };
}

/**
 * Sends what is read of a source.
 *
 * @param connection Where to.
 * @param content What.
 * @param transferred The same, for errors.
 * @param parameters Under which name, and how.
 */
export async function putContent(
  connection: Connection,
  content: Pick<Content, "path" | "size" | "read" | "sha256">,
  transferred: Transferred,
  { host, remotePath, cwd, mode, signal, onProgress }: PutParameters,
): Promise<TransferResult> {
  const request: PutRequest = {
    op: "put",
    path: remotePath ?? null,
    mode: checkMode(mode),
    ...(cwd === undefined ? {} : { cwd }),
  };
  const progress = new Progress(host, onProgress);
  progress.total = content.size;
  using transfer = connection.transfer(request, signal);
  progress.add(0);
  const done = await explained(transferred, async () => {
    let piece: Uint8Array | undefined;
    while ((piece = await transfer.during(content.read())) !== undefined) {
      await transfer.write(piece);
      progress.add(piece.length);
    }
    return await finish(transfer, content.sha256(), progress.bytes);
  });
  progress.end();
  return { localPath: content.path, ...done };
}

async function finish(
  transfer: Transfer,
  sha256: string,
  size: number,
): Promise<Omit<TransferResult, "localPath">> {
  await transfer.end({ sha256 } satisfies FileEnd);
  const done = readFileDone(await transfer.answer);
  if (done.sha256 !== sha256 || done.size !== size) {
    throw new ProtocolError("Cannot put a file: the far side took another");
  }
  return { remotePath: done.path, size, sha256 };
}

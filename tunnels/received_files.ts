// Checks of what an agent said about files: it may be hostile.

import type { FileErrorReason } from "../files/file_error.ts";
import {
  MAX_PATH,
  type SyncCounts,
  type SyncEvent,
} from "../files/sync_messages.ts";
import { ProtocolError } from "../wire/errors.ts";
import type { FileDone, FileHead } from "../wire/messages.ts";
import { fields, harmless } from "./received.ts";

const WHAT = "what the agent says of a file";

const REASONS: readonly string[] = [
  "not-found",
  "exists",
  "permission",
  "no-space",
  "directory",
  "not-a-file",
  "not-a-directory",
  "changed",
  "checksum",
] satisfies FileErrorReason[];

const EVENTS: readonly string[] = [
  "create",
  "update",
  "attributes",
  "delete",
  "skip",
  "fail",
] satisfies SyncEvent[0][];

/** Reads why something could not be done with a file there. */
export function readFileFailure(
  message: unknown,
): { reason: FileErrorReason; text: string } {
  const { error } = fields(message, WHAT);
  const { reason, text } = fields(error, WHAT);
  if (typeof text !== "string") throw broken();
  return {
    reason: REASONS.includes(reason as string)
      ? reason as FileErrorReason
      : "unknown",
    text: harmless(text),
  };
}

/** Reads what is known of a file before it comes. */
export function readFileHead(message: unknown): FileHead {
  const { path, size, mode } = fields(message, WHAT);
  if (!isPath(path) || !isSize(size) || !isSize(mode)) throw broken();
  return { path, size, mode: mode & 0o7777 };
}

/** Reads what became of a file. */
export function readFileDone(message: unknown): FileDone {
  const { path, size, sha256 } = fields(message, WHAT);
  // An error may name it, and what is printed must be harmless.
  const isDigest = typeof sha256 === "string" && /^[\da-f]{64}$/.test(sha256);
  if (!isPath(path) || !isSize(size) || !isDigest) throw broken();
  return { path, size, sha256 };
}

/** Reads what happened in a sync. */
export function readSyncEvents(message: unknown): SyncEvent[] {
  if (!Array.isArray(message)) throw broken();
  return message.map((event) => {
    const [what, path, detail] = Array.isArray(event) ? event : [];
    const isEvent = EVENTS.includes(what) && typeof detail === "string" &&
      typeof path === "string" && path.length <= MAX_PATH;
    if (!isEvent) throw broken();
    return [what, path, detail];
  });
}

/** Reads what became of a tree that was sent there. */
export function readSyncDone(
  message: unknown,
): { path: string; counts: SyncCounts } {
  const path = readSyncSent(message);
  const counts = fields(fields(message, WHAT).counts, WHAT);
  const count = (name: keyof SyncCounts) => {
    const value = counts[name];
    if (!isSize(value)) throw broken();
    return value;
  };
  return {
    path,
    counts: {
      files: count("files"),
      size: count("size"),
      transferred: count("transferred"),
      bytes: count("bytes"),
      changed: count("changed"),
      deleted: count("deleted"),
    },
  };
}

/** Reads the path of a tree there. */
export function readSyncSent(message: unknown): string {
  const { path } = fields(message, WHAT);
  if (!isPath(path)) throw broken();
  return path;
}

function isPath(value: unknown): value is string {
  return typeof value === "string" && value.startsWith("/");
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && value as number >= 0;
}

function broken(): ProtocolError {
  return new ProtocolError(`Cannot read ${WHAT}`);
}

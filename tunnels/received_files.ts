// Checks of what an agent said about files: it may be hostile.

import type { FileErrorReason } from "../files/file_error.ts";
import { ProtocolError } from "../wire/errors.ts";
import type { FileDone, FileHead } from "../wire/messages.ts";
import { sanitize } from "./log.ts";

/** The longest text that is taken over into an error. */
const MAX_TEXT = 1000;

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

/** Reads why something could not be done with a file there. */
export function readFileFailure(
  message: unknown,
): { reason: FileErrorReason; text: string } {
  const { error } = fields(message);
  const { reason, text } = fields(error);
  if (typeof text !== "string") throw broken();
  return {
    reason: REASONS.includes(reason as string)
      ? reason as FileErrorReason
      : "unknown",
    text: sanitize(text.slice(0, MAX_TEXT)),
  };
}

/** Reads what is known of a file before it comes. */
export function readFileHead(message: unknown): FileHead {
  const { path, size, mode } = fields(message);
  if (!isPath(path) || !isSize(size) || !isSize(mode)) throw broken();
  return { path, size, mode: mode & 0o7777 };
}

/** Reads what became of a file. */
export function readFileDone(message: unknown): FileDone {
  const { path, size, sha256 } = fields(message);
  if (!isPath(path) || !isSize(size) || typeof sha256 !== "string") {
    throw broken();
  }
  return { path, size, sha256 };
}

function isPath(value: unknown): value is string {
  return typeof value === "string" && value.startsWith("/");
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && value as number >= 0;
}

function fields(message: unknown): Record<string, unknown> {
  if (typeof message !== "object" || message === null) throw broken();
  return message as Record<string, unknown>;
}

function broken(): ProtocolError {
  return new ProtocolError("Cannot read what the agent says of a file");
}

// What can go wrong with a file, in words that mean the same on both sides of a tunnel.

/** Why a file could not be read or written. */
export type FileErrorReason =
  | "not-found"
  | "exists"
  | "permission"
  | "no-space"
  | "directory"
  | "not-a-file"
  | "not-a-directory"
  | "changed"
  | "checksum"
  | "unknown";

const REASONS: Record<string, [reason: FileErrorReason, text: string]> = {
  ENOENT: ["not-found", "there is no such file or directory"],
  EEXIST: ["exists", "it is there already"],
  EACCES: ["permission", "permission denied"],
  EPERM: ["permission", "permission denied"],
  EROFS: ["permission", "the file system is read-only"],
  ENOSPC: ["no-space", "the disk is full"],
  EDQUOT: ["no-space", "the quota of the user is used up"],
  EFBIG: ["no-space", "it is larger than files may be there"],
  EISDIR: ["directory", "it is a directory"],
  ENOTDIR: ["not-a-directory", "a part of its path is no directory"],
  ENOTEMPTY: ["directory", "it is a directory that is not empty"],
  ENAMETOOLONG: ["unknown", "its name is too long"],
  EBUSY: ["unknown", "it is in use, or something is mounted there"],
  ELOOP: ["unknown", "it leads through too many links"],
};

/** A file could not be read or written. */
export class FileError extends Error {
  /** The name of the class. */
  override name = "FileError";
  /** Why. */
  readonly reason: FileErrorReason;

  /**
   * Constructs a new instance.
   *
   * @param reason Why.
   * @param text The same in words.
   * @param cause The error of the system, if there was one.
   */
  constructor(reason: FileErrorReason, text: string, cause?: unknown) {
    super(text, cause === undefined ? undefined : { cause });
    this.reason = reason;
  }
}

/** The error for a file that was not the same all the time that it was read. */
export function changed(): FileError {
  return new FileError("changed", "it has changed while it was read");
}

/** The error for content that did not arrive as it was sent, by its SHA-256. */
export function damaged(actual: string, expected: string): FileError {
  return new FileError(
    "checksum",
    `what arrived has the SHA-256 ${actual} and not ${expected}`,
  );
}

/** What the system says of a file, in our words. */
export function asFileError(error: unknown): FileError {
  if (error instanceof FileError) return error;
  const code = codeOf(error);
  const [reason, text] = REASONS[code] ??
    ["unknown", error instanceof Error ? error.message : String(error)];
  return new FileError(reason as FileErrorReason, text, error);
}

/** The system's code of an error, such as `"ENOENT"`. */
export function codeOf(error: unknown): string {
  if (error instanceof Deno.errors.NotCapable) return "EACCES";
  return String((error as { code?: unknown } | null)?.code ?? "");
}

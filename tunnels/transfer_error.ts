// The error for files that cannot be put or fetched.

import { FileError, type FileErrorReason } from "../files/file_error.ts";
import { TongsError } from "../wire/errors.ts";

/** What a {@linkcode TransferError} knows beside its message. */
export interface TransferErrorOptions extends ErrorOptions {
  /** The host. */
  host: string;
  /** Why. */
  reason: FileErrorReason;
  /** The file that it is about. */
  path: string;
  /** The side that this file is on. */
  side: "here" | "there";
}

/**
 * A file could not be put or fetched. The target is what it was before, and nothing else is left.
 *
 * @example Telling why
 * ```ts
 * import { Local, TransferError } from "tongs";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * await using here = new Local("here");
 * const error = await assertRejects(() => here.fetch("/no/such/file"), TransferError);
 * assertEquals([error.reason, error.side, error.path], ["not-found", "there", "/no/such/file"]);
 * ```
 */
export class TransferError extends TongsError {
  /** The name of the class. */
  override name = "TransferError";

  /** The host. */
  readonly host: string;
  /** Why. */
  readonly reason: FileErrorReason;
  /** The file that it is about. */
  readonly path: string;
  /** The side that this file is on. */
  readonly side: "here" | "there";

  /**
   * Constructs a new instance.
   *
   * @param message What happened.
   * @param options What is known of it.
   */
  constructor(message: string, options: TransferErrorOptions) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.host = options.host;
    this.reason = options.reason;
    this.path = options.path;
    this.side = options.side;
  }
}

/** What a far side says of a file. */
export class FarFileError extends FileError {}

/** What is transferred, for errors. */
export interface Transferred {
  /** What could not be done if it fails: `Cannot put "a" on "web1"`. */
  what: string;
  /** The host. */
  host: string;
  /** The file on this side, if there is one. */
  here: string | undefined;
  /** The file on the far side. */
  there: string;
}

/** Transfers a file, and says more of what went wrong with it. Other errors are left alone. */
export async function explained<T>(
  transferred: Transferred,
  action: () => Promise<T>,
): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    const { what, host, here = "", there } = transferred;
    const { reason, message, cause } = error;
    const side = error instanceof FarFileError ? "there" : "here";
    const where = side === "there"
      ? ""
      : here === ""
      ? "on this side: "
      : `"${here}" on this side: `;
    throw new TransferError(`${what}: ${where}${message}`, {
      host,
      reason,
      path: side === "here" ? here : there,
      side,
      ...(cause === undefined ? {} : { cause }),
    });
  }
}

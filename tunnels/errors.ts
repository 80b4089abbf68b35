// Errors of tunnels: reaching a place, losing it, and what went wrong in it.

import { TongsError } from "../wire/errors.ts";
import { sanitize } from "./log.ts";

/** Why a place could not be reached. */
export type ConnectErrorReason =
  | "auth"
  | "host-key"
  | "dns"
  | "refused"
  | "network"
  | "timeout"
  | "no-runtime"
  | "no-command"
  | "unknown";

/** What a {@linkcode ConnectError} knows beside its message. */
export interface ConnectErrorOptions extends ErrorOptions {
  /** The host. */
  host: string;
  /** Why it could not be reached, as far as that is known. */
  reason: ConnectErrorReason;
  /** The command that was run. */
  command?: readonly string[];
  /** The exit status of the command, if it ended. */
  code?: number;
  /** The last lines that the command wrote to its standard error. */
  stderr?: string;
}

/**
 * A place could not be reached, or no agent came up there.
 *
 * @example Telling why
 * ```ts
 * import { ConnectError, Local } from "tongs";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * const here = new Local("here", { runtime: "/no/such/deno" });
 * const error = await assertRejects(() => here.connect(), ConnectError);
 * assertEquals(error.reason, "no-runtime");
 * ```
 */
export class ConnectError extends TongsError {
  /** The name of the class. */
  override name = "ConnectError";

  /** The host. */
  readonly host: string;
  /** Why it could not be reached, as far as that is known. */
  readonly reason: ConnectErrorReason;
  /** The command that was run. */
  readonly command: readonly string[];
  /** The exit status of the command, if it ended. */
  readonly code: number | undefined;
  /** The last lines that the command wrote to its standard error. */
  readonly stderr: string;

  /**
   * Constructs a new instance.
   *
   * @param message What happened.
   * @param options What is known of it.
   */
  constructor(message: string, options: ConnectErrorOptions) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.host = options.host;
    this.reason = options.reason;
    this.command = options.command ?? [];
    this.code = options.code;
    this.stderr = options.stderr ?? "";
  }
}

/** The tunnel was closed, or its connection broke, before the operation was through. */
export class TunnelClosedError extends TongsError {
  /** The name of the class. */
  override name = "TunnelClosedError";
}

/**
 * The process that ran user code has ended: it exited, was killed, ran out of memory, or did not
 * answer a cancellation. The tunnel lives on, and the next call starts a new one.
 */
export class RealmTerminatedError extends TongsError {
  /** The name of the class. */
  override name = "RealmTerminatedError";
}

/**
 * A function on the far side threw. `name` and `message` are those of the original error, `stack`
 * shows the far side's frames above those of this side, and `cause` is the original cause.
 *
 * @example What arrives
 * ```ts
 * import { Local, RemoteError } from "tongs";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * await using here = new Local("here");
 * const error = await assertRejects(() => here.call(Deno.readTextFile, "/no/file"), RemoteError);
 * assertEquals(error.name, "NotFound");
 * assertEquals(error.host, "here");
 * ```
 */
export class RemoteError extends TongsError {
  /** The host on which it was thrown. */
  readonly host: string;
  /** The hosts from this side to that one. */
  readonly path: readonly string[];
  /** What was thrown, with its own properties. */
  declare readonly original: unknown;

  /**
   * Constructs a new instance.
   *
   * @param original What was thrown.
   * @param path The hosts from this side to where it was thrown.
   */
  constructor(original: unknown, path: readonly string[]) {
    const host = path.at(-1) ?? "";
    const error = Error.isError(original) ? original as Error : undefined;
    super(
      error?.message ??
        sanitize(
          `${host} threw a value that is no error: ${Deno.inspect(original)}`,
        ),
      error !== undefined && "cause" in error
        ? { cause: error.cause }
        : undefined,
    );
    this.host = host;
    this.path = path;
    if (error !== undefined) {
      // Not by reading its own stack: of one that was read, Deno prints the frames of this side only
      // when nobody catches it, whatever it is set to.
      const trace: { stack?: string } = {};
      Error.captureStackTrace(trace, RemoteError);
      const here = String(trace.stack).split("\n")
        .filter((line) => line.startsWith("    at "));
      const there = error.stack || `${error.name}: ${error.message}`;
      this.name = error.name;
      this.stack = [there, `    at [${path.join(" > ")}]`, ...here].join("\n");
    }
    if (error === undefined) this.name = "RemoteError";
    // Not enumerable, or printing the error would print everything twice.
    Object.defineProperty(this, "original", { value: original });
  }
}

/**
 * A tunnel would lead deeper than tunnels may: code on a far side opened one of its own, and so on.
 *
 * @example Its message names the way
 * ```ts
 * import { DepthLimitError } from "tongs";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new DepthLimitError(["web1", "db1", "disk1"], 2);
 * assertEquals(error.path, ["web1", "db1", "disk1"]);
 * ```
 */
export class DepthLimitError extends TongsError {
  /** The name of the class. */
  override name = "DepthLimitError";

  /** The hosts from the controller to the one that is too deep. */
  readonly path: readonly string[];

  /**
   * Constructs a new instance.
   *
   * @param path The hosts from the controller to the one that is too deep.
   * @param limit How many there may be.
   */
  constructor(path: readonly string[], limit: number) {
    super(
      `Cannot open the tunnel ${
        path.join(" → ")
      }: it is ${path.length} deep, and ${limit} is the ` +
        `limit; set \`depthLimit\` where the first of them is made if that is meant`,
    );
    this.path = path;
  }
}

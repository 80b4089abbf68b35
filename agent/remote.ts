// `remote`: what code learns about where it runs. On the far side, forwarded modules get another
// object of this shape, see `remote_context.ts`.

/** What code can learn about where it runs. */
export interface Remote {
  /** The name of the host, as the controller knows it; empty on the controller. */
  readonly host: string;
  /** The hosts from the controller to here; empty on the controller. */
  readonly path: readonly string[];
  /** Aborted when the call that this code belongs to is cancelled. */
  readonly signal: AbortSignal;
  /** Sends messages to the controller's log. */
  readonly log: RemoteLog;
}

/** Sends messages to the controller's log, with a level. */
export interface RemoteLog {
  /** For who looks for a fault. */
  debug(...values: unknown[]): void;
  /** For who wants to know. */
  info(...values: unknown[]): void;
  /** For who should know. */
  warn(...values: unknown[]): void;
  /** For who must know. */
  error(...values: unknown[]): void;
}

/**
 * What code can learn about where it runs.
 *
 * @example On the controller itself
 * ```ts
 * import { remote } from "tongs";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(remote.path, []);
 * ```
 */
export const remote: Remote = {
  host: "",
  path: [],
  signal: new AbortController().signal,
  log: console,
};

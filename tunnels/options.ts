// The options that all tunnels have in common.

import type { LogSink } from "./log.ts";

/** Options that every tunnel takes. */
export interface TunnelOptions {
  /** The name of the place, which is the key of its results. */
  name?: string;
  /**
   * The runtime there: a path, a name on its `PATH`, or `"auto"` to look for one.
   *
   * @default {"auto"}
   */
  runtime?: string;
  /**
   * What user code may do there, as Deno's own permissions.
   *
   * @default {"inherit"}
   */
  permissions?: Deno.PermissionOptions;
  /**
   * Environment variables for user code and commands, on top of those there. For commands over ssh
   * they are on command lines, where other users of both machines can see them.
   */
  env?: Record<string, string>;
  /** The working directory of user code and commands. */
  cwd?: string;
  /**
   * How long connecting may take, in milliseconds.
   *
   * @default {30000}
   */
  connectTimeout?: number;
  /**
   * After how much silence each side asks the other for a sign of life, in milliseconds; after
   * three times that it gives up. 0 is never. A program that blocks for longer than that, in
   * synchronous code, loses its tunnels.
   *
   * @default {15000}
   */
  keepAlive?: number;
  /**
   * How long user code may take to notice that its call was cancelled, in milliseconds, before
   * its process is ended and started afresh.
   *
   * @default {500}
   */
  grace?: number;
  /**
   * How deep tunnels may nest: 1 is this one, 2 is those that code behind it opens, and so on. Code
   * behind it may lower the limit for what it opens, and not raise it.
   *
   * @default {2}
   */
  depthLimit?: number;
  /**
   * Takes what is printed and logged there.
   *
   * @default {logToStderr}
   */
  onLog?: LogSink;
}

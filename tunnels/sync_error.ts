// The error for trees of which something could not be copied.

import { TongsError } from "../wire/errors.ts";
import { sanitize } from "./log.ts";
import type { SyncFailure, SyncResult } from "./sync_options.ts";

/** How many failures a message shows. */
const MAX_SHOWN = 10;

/** What a {@linkcode SyncError} knows beside its message. */
export interface SyncErrorOptions {
  /** The host. */
  host: string;
  /** What was not copied: the first 1000. */
  failures: readonly SyncFailure[];
  /** How much that was. */
  count: number;
  /** What was done all the same. */
  result: SyncResult;
}

/**
 * Some of a tree could not be copied. Everything else was.
 *
 * @example What, and why
 * ```ts
 * import { Local, SyncError } from "tongs";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * await using here = new Local("here");
 * const [site, copy] = [await Deno.makeTempDir(), await Deno.makeTempDir()];
 * await Deno.writeTextFile(`${site}/a`, "A");
 * await Deno.writeTextFile(`${site}/b`, "B");
 * await Deno.mkdir(`${copy}/a/in/the/way`, { recursive: true });
 *
 * const error = await assertRejects(() => here.sync(site, copy), SyncError);
 * assertEquals(error.failures[0].path, "a");
 * assertEquals(await Deno.readTextFile(`${copy}/b`), "B");
 *
 * await Deno.remove(site, { recursive: true });
 * await Deno.remove(copy, { recursive: true });
 * ```
 */
export class SyncError extends TongsError {
  /** The name of the class. */
  override name = "SyncError";

  /** The host. */
  readonly host: string;
  /** What was not copied: the first 1000. */
  readonly failures: readonly SyncFailure[];
  /** How much that was. */
  readonly count: number;
  /** What was done all the same. */
  readonly result: SyncResult;

  /**
   * Constructs a new instance.
   *
   * @param what What failed: `Cannot sync "a" to "b" on "web1"`.
   * @param options What is known of it.
   */
  constructor(what: string, options: SyncErrorOptions) {
    const { failures, count } = options;
    const [first, ...others] = failures.slice(0, MAX_SHOWN).map((
      { path, why },
    ) => `${JSON.stringify(sanitize(path))}: ${why}`);
    const more = count > 1 ? `, and ${count - 1} more` : "";
    if (count > MAX_SHOWN) others.push("…");
    super([`${what} completely: ${first}${more}`, ...others].join("\n  "));
    this.host = options.host;
    this.failures = options.failures;
    this.count = options.count;
    this.result = options.result;
  }
}

// What became of an operation on the hosts of a group.

import type { HostOutcomes, Outcome } from "../tunnels/host_set.ts";
import { TongsError } from "../wire/errors.ts";
import { reasonLines } from "./reasons.ts";

/**
 * What became of an operation on each host, by the host's name.
 *
 * @example Some went well, some failed
 * ```ts
 * import { Group, Local } from "tongs";
 * import { assertEquals } from "@std/assert";
 *
 * await using group = new Group([
 *   new Local("a"),
 *   new Local("b", { runtime: "/no/such/deno" }),
 * ]);
 * const result = await group.call(() => 1 + 1);
 * assertEquals([...result.successful()], [["a", 2]]);
 * assertEquals([...result.failures()].map(([host]) => host), ["b"]);
 * ```
 *
 * @typeParam T The type of the values.
 */
export class GroupResult<T> extends Map<string, Outcome<T>>
  implements HostOutcomes<T> {
  /** The hosts on which it went well, each with its value. */
  *successful(): Generator<[host: string, value: T], void> {
    for (const [host, outcome] of this) {
      if (outcome.ok) yield [host, outcome.value];
    }
  }

  /** The hosts on which it failed, each with its error. */
  *failures(): Generator<[host: string, error: Error], void> {
    for (const [host, outcome] of this) {
      if (!outcome.ok) yield [host, outcome.error];
    }
  }

  /**
   * Does nothing if it went well everywhere.
   *
   * @returns This result.
   * @throws {GroupError} If it failed on a host.
   */
  raiseFailures(): this {
    const failures = new Map(this.failures());
    if (failures.size > 0) throw new GroupError(failures, this.size);
    return this;
  }
}

/**
 * An operation failed on some hosts of a group.
 *
 * @example Its message names the hosts, and says each reason once
 * ```ts
 * import { GroupError } from "tongs";
 * import { assertEquals } from "@std/assert";
 *
 * const full = new Error("the disk is full");
 * const error = new GroupError(new Map([["web1", full], ["web2", full]]), 3);
 * assertEquals(error.message, "2 of 3 hosts failed\n  web1, web2: the disk is full");
 * ```
 */
export class GroupError extends TongsError {
  /** The name of the class. */
  override name = "GroupError";

  /** The hosts on which it failed, each with its error. */
  readonly failures: ReadonlyMap<string, Error>;

  /**
   * Constructs a new instance.
   *
   * @param failures The hosts on which it failed, each with its error.
   * @param size How many hosts there were.
   */
  constructor(failures: ReadonlyMap<string, Error>, size: number) {
    const noun = size === 1 ? "host" : "hosts";
    super(
      `${failures.size} of ${size} ${noun} failed\n${
        reasonLines(failures).join("\n")
      }`,
    );
    this.failures = failures;
  }
}

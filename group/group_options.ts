// What a group is given.

import type { TunnelOptions } from "../tunnels/options.ts";
import type { Sendable } from "../tunnels/sendable.ts";
import type { GroupCall } from "./group_call.ts";
import type { ExpandOptions } from "./host_pattern.ts";

/** Options of a {@linkcode Group}. */
export interface GroupOptions {
  /**
   * On how many hosts an operation runs at once.
   *
   * @default {64}
   */
  concurrency?: number;
}

/** Options of {@linkcode Group.parse}. */
export interface GroupParseOptions extends GroupOptions, ExpandOptions {
  /** Options for each tunnel. */
  tunnel?: TunnelOptions;
}

/** Runs a function on each host of a group. */
export interface CallGroup {
  /**
   * Runs a function on each host.
   *
   * @typeParam A The types of its arguments.
   * @typeParam R The type of its result.
   * @param fn The function; it and its arguments are what they are now, on whichever host.
   * @param args Its arguments.
   */
  <A extends unknown[], R>(
    fn: (...args: A) => R,
    ...args: A
  ): GroupCall<Sendable<Awaited<R>>>;
  /**
   * Runs a function on each host, each with an argument of its own.
   *
   * @example A number for each
   * ```ts
   * import { Group, Local } from "tongs";
   * import { assertEquals } from "@std/assert";
   *
   * await using group = new Group([new Local("a"), new Local("b")]);
   * const result = await group.call.each([1, 2], (n: number) => n * 10);
   * assertEquals([...result.successful()], [["a", 10], ["b", 20]]);
   * ```
   *
   * @typeParam T The type of the argument.
   * @typeParam R The type of the result.
   * @param items The arguments, in the order of the hosts, or by their names.
   * @param fn The function.
   * @throws {TypeError} If there is not one argument for each host.
   */
  each<T, R>(
    items: readonly T[] | ReadonlyMap<string, T>,
    fn: (item: T) => R,
  ): GroupCall<Sendable<Awaited<R>>>;
}

// A tunnel acts as a group of one. What makes groups is in a layer above, and provided by it.

import type { FilterOptions, HostSet, Predicate } from "./host_set.ts";
import type { Tunnel } from "./tunnel.ts";

type Grouper = (tunnels: Iterable<Tunnel>) => HostSet;

let grouper: Grouper = () => {
  throw new TypeError("Cannot make a group before groups are loaded");
};

/** Takes what makes groups, which is made of tunnels and so cannot be known to this file. */
export function provideGrouper(provided: Grouper): void {
  grouper = provided;
}

/** What a {@linkcode Tunnel} has of a group. */
export abstract class SetOfOne {
  /** The tunnel itself, as the only one of a set. */
  *[Symbol.iterator](): Generator<Tunnel, void> {
    yield this as unknown as Tunnel; // Nothing else extends this class.
  }

  /**
   * A group of this host if a function says yes there, and an empty one if not.
   *
   * @param predicate The function.
   * @param options Whether to turn its answer around.
   * @throws {GroupError} If it fails.
   */
  async filter(
    predicate: Predicate,
    options: FilterOptions = {},
  ): Promise<HostSet> {
    return await grouper(this).filter(predicate, options);
  }

  /** A group of this host and those of another set. */
  union(other: Iterable<Tunnel>): HostSet {
    return grouper(this).union(other);
  }

  /** A group of this host if it is in another set too. */
  intersection(other: Iterable<Tunnel>): HostSet {
    return grouper(this).intersection(other);
  }

  /** A group of this host unless it is in another set too. */
  difference(other: Iterable<Tunnel>): HostSet {
    return grouper(this).difference(other);
  }

  /** A group of the hosts that are in one of both sets only. */
  symmetricDifference(other: Iterable<Tunnel>): HostSet {
    return grouper(this).symmetricDifference(other);
  }
}

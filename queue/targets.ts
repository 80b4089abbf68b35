// What an operation of a queue is for: one tunnel, or a group whose outcomes are put together.

import { Group } from "../group/group.ts";
import { GroupResult } from "../group/group_result.ts";
import type { Outcome } from "../tunnels/host_set.ts";
import { Tunnel } from "../tunnels/tunnel.ts";
import type { Settled } from "./async_result.ts";
import type { Item } from "./item.ts";

/** The tunnels of a target. */
export function tunnelsOf(target: unknown, what: string): readonly Tunnel[] {
  if (target instanceof Tunnel) return [target];
  const isSet = typeof target === "object" && target !== null &&
    Symbol.iterator in target;
  const tunnels = isSet ? [...target as Iterable<unknown>] : [undefined];
  if (!tunnels.every((tunnel) => tunnel instanceof Tunnel)) {
    throw new TypeError(
      `Cannot queue a ${what} for ${Deno.inspect(target, { depth: 0 })}: ` +
        `it is neither a tunnel nor a group`,
    );
  }
  // Each host once: a result is complete when each has told of its outcome.
  return [...new Group(tunnels)];
}

/** Puts the outcomes of a group's hosts together. */
export function gather(
  tunnels: readonly Tunnel[],
  settle: (outcome: Settled<unknown>) => void,
): (item: Item, outcome: Outcome<unknown>) => void {
  const outcomes = new Map<string, Outcome<unknown>>();
  let unready: Settled<unknown> | undefined;
  const end = () => {
    // In the order of the group, whoever came first.
    const value = new GroupResult(
      tunnels.map(({ host }) => [host, outcomes.get(host)!]),
    );
    settle(unready ?? { ok: true, value });
  };
  if (tunnels.length === 0) end();
  return (item, outcome) => {
    if (item.isUnready) unready = outcome;
    outcomes.set(item.tunnel.host, outcome);
    if (outcomes.size === tunnels.length) end();
  };
}

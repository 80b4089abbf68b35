// Functions on many hosts: the same arguments for all of them, or one for each.

import type { AnyFunction } from "../functions/types.ts";
import { prepare } from "../tunnels/place.ts";
import { snapshot } from "../tunnels/snapshot.ts";
import type { Together } from "./group_call.ts";

/** Something for each host, in the order of the hosts or by their names. */
export type HostItems = readonly unknown[] | ReadonlyMap<string, unknown>;

/** Calls a function on many hosts with the same arguments. */
export function callOn(
  hosts: readonly string[],
  fn: AnyFunction,
  args: unknown[],
): Together<unknown> {
  return calling(hosts, fn, () => {
    const taken = snapshot(args, hosts.length);
    return () => taken;
  });
}

/**
 * Calls a function on many hosts, on each with an argument of its own.
 *
 * @throws {TypeError} If there is not one argument for each host.
 */
export function callEachOn(
  hosts: readonly string[],
  items: HostItems,
  fn: AnyFunction,
): Together<unknown> {
  const byHost: ReadonlyMap<string, unknown> = Array.isArray(items)
    ? new Map(items.map((item, i) => [hosts[i] ?? `#${i}`, item]))
    : items as ReadonlyMap<string, unknown>;
  if (
    byHost.size !== hosts.length || !hosts.every((host) => byHost.has(host))
  ) {
    throw new TypeError(
      `Cannot call on ${hosts.length} hosts with ${byHost.size} arguments: ` +
        `there must be one for each`,
    );
  }
  return calling(hosts, fn, () => {
    const taken = new Map(
      hosts.map((host) => [host, snapshot([byHost.get(host)])]),
    );
    return (host) => taken.get(host)!;
  });
}

/** Hosts may be called one after the other, but all with what there is now. */
function calling(
  hosts: readonly string[],
  fn: AnyFunction,
  takeArgs: () => (host: string) => unknown[],
): Together<unknown> {
  let prepared: AnyFunction;
  let argsOf: (host: string) => unknown[];
  return {
    async ready() {
      if (hosts.length === 0) return;
      const preparing = prepare(fn);
      preparing.catch(() => {}); // The next line may throw before it is waited for.
      argsOf = takeArgs();
      prepared = await preparing;
    },
    run: (tunnel, signal) =>
      tunnel.with({ signal }).call(prepared, ...argsOf(tunnel.host)),
  };
}

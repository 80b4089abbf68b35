// What sets of hosts have in common, by the names of the hosts.

import type { Tunnel } from "../tunnels/tunnel.ts";

/** The names of hosts. */
export function hostsOf(tunnels: Iterable<Tunnel>): Set<string> {
  return new Set(Iterator.from(tunnels).map(({ host }) => host));
}

/** What is in the second set and not in the first. */
export function missingIn(
  first: Iterable<Tunnel>,
  second: Iterable<Tunnel>,
): Tunnel[] {
  const hosts = hostsOf(first);
  return [...second].filter(({ host }) => !hosts.has(host));
}

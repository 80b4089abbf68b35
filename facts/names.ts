// What a machine is called, and where it can be reached.

/** An address from {@linkcode ipAddresses}. */
export interface IpAddress {
  /** Name of the network interface, such as `eth0`. */
  name: string;
  /** Version of the protocol. */
  family: "IPv4" | "IPv6";
  /** The address, without prefix length or scope. */
  address: string;
}

/**
 * Returns the name of the machine.
 *
 * @returns The host name.
 * @throws {Deno.errors.NotCapable} If `--allow-sys` is not given.
 *
 * @example Usage
 * ```ts
 * import { hostname } from "@tongs/tongs/facts";
 * import { assert } from "@std/assert";
 *
 * assert(hostname().length > 0);
 * ```
 */
export function hostname(): string {
  return Deno.hostname();
}

/**
 * Returns the IP addresses of the machine, without the loopback ones.
 *
 * @returns One entry for each address of each interface.
 * @throws {Deno.errors.NotCapable} If `--allow-sys` is not given.
 *
 * @example Usage
 * ```ts
 * import { ipAddresses } from "@tongs/tongs/facts";
 * import { assert } from "@std/assert";
 *
 * assert(ipAddresses().every(({ address }) => address !== "127.0.0.1"));
 * ```
 */
export function ipAddresses(): IpAddress[] {
  return Deno.networkInterfaces()
    .filter(({ address }) => !/^(?:127\.|::1$)/.test(address))
    .map(({ name, family, address }) => ({ name, family, address }));
}

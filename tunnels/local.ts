// A process on this machine.

import { commandCarrier } from "./carrier.ts";
import type { TunnelOptions } from "./options.ts";
import { Tunnel } from "./tunnel.ts";

/**
 * A process of its own on this machine, as the same user.
 *
 * @example A function in another process
 * ```ts
 * import { Local } from "tongs";
 * import { assertNotEquals } from "@std/assert";
 *
 * await using here = new Local();
 * assertNotEquals((await here.info()).pid, Deno.pid);
 * ```
 */
export class Local extends Tunnel {
  /**
   * Constructs a new instance.
   *
   * @param name The name of the place.
   * @param options How to use it. The runtime is the one that runs this program, unless another
   * is named.
   */
  constructor(name = "localhost", options: TunnelOptions = {}) {
    const { runtime = "auto" } = options;
    super(name, commandCarrier((argv) => [...argv], true), {
      ...options,
      runtime: runtime === "auto" ? Deno.execPath() : runtime,
    });
  }
}

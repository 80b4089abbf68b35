// A host, through the system's own ssh and the user's own configuration.

import { commandCarrier } from "./carrier.ts";
import { quote } from "./quote.ts";
import type { TunnelOptions } from "./options.ts";
import { Tunnel } from "./tunnel.ts";

/** Options of {@linkcode SSH}. */
export interface SSHOptions extends TunnelOptions {
  /** The user there. */
  user?: string;
  /** The port. */
  port?: number;
  /** A file with a private key. */
  identity?: string;
  /** A configuration file to use instead of the user's. */
  config?: string;
  /** More arguments for `ssh`, before the host. */
  args?: readonly string[];
  /**
   * What to do about host keys: `"strict"` refuses unknown ones, `"accept-new"` learns them,
   * `"ignore"` takes any. Without it, the user's configuration decides.
   */
  hostKeys?: "strict" | "accept-new" | "ignore";
}

const HOST_KEYS = {
  strict: ["-o", "StrictHostKeyChecking=yes"],
  "accept-new": ["-o", "StrictHostKeyChecking=accept-new"],
  ignore: [
    "-o",
    "StrictHostKeyChecking=no",
    "-o",
    "UserKnownHostsFile=/dev/null",
  ],
};

/**
 * A host that is reached through the system's own `ssh`: its configuration, its keys, its agent
 * and its jump hosts are those of the user.
 *
 * @example Nothing connects before the first call
 * ```ts
 * import { SSH } from "tongs";
 * import { assertEquals } from "@std/assert";
 *
 * await using web1 = new SSH("deploy@web1.example.com:2222", { hostKeys: "strict" });
 * assertEquals(web1.connected, false);
 * // and then: await web1.call(Deno.loadavg)
 * ```
 */
export class SSH extends Tunnel {
  /**
   * Constructs a new instance.
   *
   * @param destination The host, as `host`, `user@host`, `user@host:port` or `[address]:port`.
   * @param options How to reach it.
   * @throws {TypeError} If the destination makes no sense.
   */
  constructor(destination: string, options: SSHOptions = {}) {
    const parsed = parseDestination(destination);
    const { host, user = options.user, port = options.port } = parsed;
    const { identity, config, args = [], hostKeys, connectTimeout = 30_000 } =
      options;
    if (
      port !== undefined &&
      !(Number.isInteger(port) && port > 0 && port < 65536)
    ) {
      throw new TypeError(
        `Cannot use ${port} as a port: it must be a number from 1 to 65535`,
      );
    }
    if (user !== undefined && !/^[^-\s][^\s]*$/.test(user)) {
      throw new TypeError(`Cannot use "${user}" as a user's name`);
    }
    const command = [
      "ssh",
      "-T",
      ...(config === undefined ? [] : ["-F", config]),
      ...(user === undefined ? [] : ["-l", user]),
      ...(port === undefined ? [] : ["-p", String(port)]),
      ...(identity === undefined ? [] : ["-i", identity]),
      ...(hostKeys === undefined ? [] : HOST_KEYS[hostKeys]),
      ...[
        "-o",
        `ConnectTimeout=${Math.max(1, Math.ceil(connectTimeout / 1000))}`,
      ],
      ...args,
      "--",
      host,
    ];
    super(
      destination,
      commandCarrier((argv) => [...command, argv.map(quote).join(" ")]),
      options,
    );
  }
}

function parseDestination(
  text: string,
): { host: string; user?: string; port?: number } {
  const match =
    /^(?:([^@\s]+)@)?(?:\[([^\]@\s]+)\]|([^@:\s]+|[^@\s]*:[^@\s]*:[^@\s]*))(?::(\d+))?$/
      .exec(text);
  const host = match?.[2] ?? match?.[3];
  if (match === null || host === undefined) {
    throw new TypeError(
      `Cannot understand "${text}" as a host: it must be like user@host:port`,
    );
  }
  // ssh would take it for an option.
  if (host.startsWith("-")) {
    throw new TypeError(`Cannot use "${host}" as a host: it begins with "-"`);
  }
  return {
    host,
    ...(match[1] === undefined ? {} : { user: match[1] }),
    ...(match[4] === undefined ? {} : { port: Number(match[4]) }),
  };
}

// Tunnels from text, as people name places on a command line.

import { Local } from "./local.ts";
import { SSH, type SSHOptions } from "./ssh.ts";
import { provideParser } from "./provided_parser.ts";
import type { Tunnel } from "./tunnel.ts";

/** The ways in that have a name but no tunnel yet. */
const LATER = [
  "command",
  "doas",
  "docker",
  "docker+image",
  "kubectl",
  "lxc",
  "nspawn",
  "podman",
  "podman+image",
  "socket",
  "su",
  "sudo",
  "thread",
];

const KNOWN = "name it like user@host:port, ssh://user@host:port or local:name";

/**
 * Makes a tunnel of a text: `web1`, `user@host:port`, `ssh://user@host:port`, `local:` or
 * `local:name`.
 *
 * @param text The text.
 * @param options Options for the tunnel. Those that are only for ssh do not matter to the others.
 * @returns The tunnel, which is not connected yet.
 * @throws {TypeError} If the text makes no sense, or names a place that cannot be reached yet.
 */
export function parseTunnel(text: string, options: SSHOptions = {}): Tunnel {
  if (/\s/.test(text) || text === "") {
    throw new TypeError(`Cannot understand "${text}" as a host: ${KNOWN}`);
  }
  if (text.startsWith("@")) {
    throw new TypeError(
      `Cannot understand "${text}" as a host: groups of hosts cannot be named yet`,
    );
  }
  if (isPattern(text)) {
    throw new TypeError(
      `Cannot understand "${text}" as a host: it stands for many hosts, or has characters that ` +
        `no host has`,
    );
  }
  if (text.startsWith("ssh://")) return parseUrl(text, options);
  const [, scheme, rest = ""] = /^([a-z][a-z0-9+.-]*):(.*)$/i.exec(text) ?? [];
  if (scheme === "local") {
    return new Local(rest === "" ? undefined : rest, options);
  }
  if (scheme !== undefined && LATER.includes(scheme)) {
    throw new TypeError(
      `Cannot reach "${text}": "${scheme}:" cannot be reached yet; ${KNOWN}`,
    );
  }
  // What is left may be host:port or an IPv6 address.
  if (scheme !== undefined && !/^\d+$/.test(rest) && !isIPv6(text)) {
    throw new TypeError(
      `Cannot reach "${text}": "${scheme}:" is no known kind of place; ${KNOWN}`,
    );
  }
  return new SSH(text, options);
}

provideParser(parseTunnel);

function parseUrl(text: string, options: SSHOptions): SSH {
  const destination = text.slice("ssh://".length).replace(/\/$/, "");
  const user = destination.slice(0, destination.lastIndexOf("@") + 1);
  if (user.includes(":")) {
    throw new TypeError(
      `Cannot use "ssh://…@${
        destination.slice(user.length)
      }": a password does not belong into the name of a host`,
    );
  }
  if (/[/?#]/.test(destination)) {
    throw new TypeError(
      `Cannot understand "${text}" as a host: it must be like ssh://user@host:port`,
    );
  }
  return new SSH(destination, options);
}

/** Whether it stands for more than one host, rather than for an IPv6 address in brackets. */
function isPattern(text: string): boolean {
  return /[*?!&^{}]/.test(text) ||
    /[[\]]/.test(
      text.replace(/(^|@|\/)\[[\da-f]*:[\da-f:.]*(%[\w.-]+)?\]/i, ""),
    );
}

function isIPv6(text: string): boolean {
  return /^([\w.-]+@)?[\da-f]*:[\da-f:.]*:[\da-f:.]*(%[\w.-]+)?$/i.test(text);
}

// The hosts that a command line names.

import { parseTunnel } from "../tunnels/parse.ts";
import { SSH } from "../tunnels/ssh.ts";
import type { Tunnel } from "../tunnels/tunnel.ts";
import type { SSHOptions } from "../tunnels/ssh.ts";
import type { Options } from "./options.ts";
import { UsageError } from "./usage_error.ts";

/** A host as it was given, and the way to it. */
export interface Target {
  /** The text. */
  text: string;
  /** The tunnel, which is not connected. */
  tunnel: Tunnel;
}

/** What {@linkcode findTargets} needs beside the options. */
export interface TargetContext {
  /** Options for each tunnel. */
  tunnel: SSHOptions;
  /** Takes what is odd but no error. */
  warn: (message: string) => void;
}

/**
 * Makes tunnels of the hosts in the options.
 *
 * @throws {UsageError} If there is none, or one makes no sense.
 */
export async function findTargets(
  { hosts, exclude }: Pick<Options, "hosts" | "exclude">,
  { tunnel, warn }: TargetContext,
): Promise<Target[]> {
  if (hosts === undefined) {
    throw new UsageError(
      "Cannot tell which hosts to use",
      "name them with -H, as in -H web1,deploy@web2:2222 or -H local:",
    );
  }
  const targets = (await withStandardInput(hosts))
    .map((text) => ({ text, tunnel: parse(text, tunnel) }));
  const found = new Map<string, Target>();
  const excluded = exclude.map((text) => ({
    text,
    host: parse(text, tunnel).host,
  }));
  for (const target of without(targets, excluded, warn)) {
    const { host } = target.tunnel;
    const other = found.get(host);
    if (other === undefined) found.set(host, target);
    else if (other.tunnel.constructor === target.tunnel.constructor) {
      warn(`"${host}" is named more than once and is used once`);
    } else {
      throw new UsageError(
        `Cannot tell "${other.text}" from "${target.text}": both are named "${host}"`,
      );
    }
  }
  if (found.size === 0) {
    throw new UsageError(
      targets.length === 0
        ? "Cannot find a host: the list of hosts is empty"
        : "Cannot find a host: all of them are excluded",
    );
  }
  return [...found.values()];
}

function parse(text: string, options: SSHOptions): Tunnel {
  try {
    return parseTunnel(text, options);
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message);
    throw error;
  }
}

/** Whoever leaves a host out wants it left out, whichever user and port it is named with. */
function without(
  targets: Target[],
  excluded: { text: string; host: string }[],
  warn: (message: string) => void,
): Target[] {
  const unused = new Set(excluded);
  const kept = targets.filter(({ text, tunnel }) => {
    const names = [text, tunnel.host];
    if (tunnel instanceof SSH) {
      names.push(tunnel.host.replace(/^.*@/, "").replace(/:\d+$/, ""));
    }
    const matches = excluded.filter((item) =>
      names.includes(item.text) || names.includes(item.host)
    );
    for (const item of matches) unused.delete(item);
    return matches.length === 0;
  });
  for (const { text } of unused) {
    warn(`"${text}" is excluded but is not among the hosts`);
  }
  return kept;
}

/** Puts the names from standard input, one a line, in the place of `-`. */
async function withStandardInput(hosts: string[]): Promise<string[]> {
  if (!hosts.includes("-")) return hosts;
  const lines = (await new Response(Deno.stdin.readable).text()).split("\n")
    .map((line) => line.replace(/(^|\s)#.*$/, "").trim())
    .filter((line) => line !== "");
  return hosts.flatMap((host) => host === "-" ? lines : [host]);
}

// The hosts that a command line names.

import { foldHosts } from "../group/fold_hosts.ts";
import { expandHosts } from "../group/host_pattern.ts";
import { parseTunnel } from "../tunnels/parse.ts";
import { SSH, type SSHOptions } from "../tunnels/ssh.ts";
import type { Tunnel } from "../tunnels/tunnel.ts";
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

/** Standard input, in the place of a host. */
const INPUT = /(?<=^|[,\s!&])-(?=$|[,\s!&])/;

/** Whether hosts are to be read from standard input. */
export function readsInput(
  { hosts = [], exclude }: Pick<Options, "hosts" | "exclude">,
): boolean {
  return [...hosts, ...exclude].some((text) => INPUT.test(text));
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
  const input = readsInput({ hosts, exclude }) ? await readInput() : [];
  warnOfRepetitions(hosts, warn);
  const targets = expand(hosts, input)
    .map((text) => ({ text, tunnel: parse(text, tunnel) }));
  const found = new Map<string, Target>();
  const excluded = expand(exclude, input)
    .map((text) => ({ text, host: parse(text, tunnel).host }));
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
  if (unused.size > 0) {
    const texts = [...unused].map(({ text }) => text);
    warn(
      texts.length === 1
        ? `"${texts[0]}" is excluded but is not among the hosts`
        : `"${foldHosts(texts)}" are excluded but are not among the hosts`,
    );
  }
  return kept;
}

const PASSWORD = /:\/\/[^\s,@/]*:(?:(?!:\/\/)[^\s,@])*@/;

/** What stands for standard input among the groups. */
const INPUT_GROUP = "-";

/** The hosts that patterns stand for, as one: each goes on from those before it. */
function expand(patterns: string[], input: readonly string[]): string[] {
  const text = patterns.join(",")
    .replaceAll(new RegExp(INPUT, "g"), `@${INPUT_GROUP}`);
  if (PASSWORD.test(text)) { // Before it is part of an error.
    throw new UsageError(
      "Cannot use these hosts: a password does not belong into the name of a host",
    );
  }
  const group = /(?<=^|[,\s!&])@(?!-(?:$|[,\s!&]))[^,\s!&]*/.exec(text);
  if (group !== null) {
    throw new UsageError(
      `Cannot understand "${
        group[0]
      }" as a host: groups of hosts cannot be named yet`,
    );
  }
  try {
    return expandHosts(text, { groups: { [INPUT_GROUP]: input } });
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof RangeError)) {
      throw error;
    }
    throw new UsageError(error.message);
  }
}

/** What is named twice in so many words may be a slip; ranges may well overlap. */
function warnOfRepetitions(
  patterns: readonly string[],
  warn: (message: string) => void,
): void {
  const words = patterns.flatMap((text) => text.split(/[,\s]+/))
    .filter((word) => /^[^!&@[\]-]+$/.test(word));
  const seen = new Set<string>();
  for (const word of words) {
    if (seen.has(word)) {
      warn(`"${word}" is named more than once and is used once`);
    }
    seen.add(word);
  }
}

/** The names on standard input, one a line. */
async function readInput(): Promise<string[]> {
  return (await new Response(Deno.stdin.readable).text()).split("\n")
    .map((line) => line.replace(/(^|\s)#.*$/, "").trim())
    .filter((line) => line !== "");
}

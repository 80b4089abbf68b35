// `tongs hosts`: says which hosts an expression means, and connects to none.

import { sanitize } from "../tunnels/log.ts";
import type { Options } from "./options.ts";
import { findTargets } from "./targets.ts";
import { Terminal } from "./terminal.ts";

/**
 * Lists or counts the hosts.
 *
 * @returns The exit status.
 * @throws {UsageError} If there is none, or one makes no sense.
 */
export async function hosts(options: Options): Promise<number> {
  const { operands, rest = [], quiet, exclude, count } = options;
  const terminal = new Terminal(quiet);
  const named = [...operands, ...rest].flatMap((text) => text.split(","))
    .map((text) => text.trim()).filter((text) => text !== "");
  const all = named.length === 0
    ? options.hosts
    : [...options.hosts ?? [], ...named];
  const targets = await findTargets({ hosts: all, exclude }, {
    tunnel: {},
    warn: (message) => terminal.warn(message),
  });
  const lines = count
    ? [String(targets.length)]
    : targets.map(({ text }) => sanitize(text));
  await terminal.write(lines.join("\n") + "\n");
  return 0;
}

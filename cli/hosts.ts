// `tongs hosts`: says which hosts an expression means, and connects to none.

import { foldHosts } from "../group/fold_hosts.ts";
import { sanitize } from "../tunnels/log.ts";
import type { Options } from "./options.ts";
import { EXIT } from "./exit.ts";
import { findTargets } from "./targets.ts";
import { Terminal } from "./terminal.ts";

/**
 * Lists, folds or counts the hosts.
 *
 * @returns The exit status.
 * @throws {UsageError} If there is none, or one makes no sense.
 */
export async function hosts(options: Options): Promise<number> {
  const { operands, rest = [], quiet, exclude, count, fold } = options;
  const terminal = new Terminal(quiet);
  const named = [...options.hosts ?? [], ...operands, ...rest];
  const targets = await findTargets({
    hosts: named.length === 0 ? undefined : named,
    exclude,
  }, {
    tunnel: {},
    warn: (message) => terminal.warn(message),
  });
  const texts = targets.map(({ text }) => sanitize(text));
  const lines = count
    ? [String(targets.length)]
    : fold
    ? [foldHosts(texts)]
    : texts;
  await terminal.write(lines.join("\n") + "\n");
  return terminal.hasLost ? EXIT.failed : EXIT.ok;
}

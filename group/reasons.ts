// Why something failed on many hosts, in lines that a person can read, be it 3 or 300.

/** How many hosts a line names before it only counts. */
const MAX_NAMED = 5;

/** How many different reasons are shown. */
const MAX_SHOWN = 10;

/** How long a reason may be. */
const MAX_LENGTH = 500;

/**
 * Each reason once, with the hosts that it holds for, the most frequent first.
 *
 * @param failures Hosts and their errors; a host may have several.
 */
export function reasonLines(
  failures: Iterable<readonly [host: string, error: Error]>,
): string[] {
  const found = new Map<string, Set<string>>();
  for (const [host, error] of failures) {
    // What differs in nothing but the host is the same.
    const reason = reasonOf(error).replaceAll(`"${host}"`, '"…"');
    const hosts = found.get(reason) ?? new Set();
    found.set(reason, hosts.add(host));
  }
  const reasons = [...found].sort(([, a], [, b]) => b.size - a.size);
  const lines = reasons.slice(0, MAX_SHOWN).map(([reason, hosts]) => {
    const [first] = hosts;
    const more = hosts.size - MAX_NAMED;
    const named = [...hosts].slice(0, MAX_NAMED).join(", ");
    const own = hosts.size === 1
      ? reason.replaceAll('"…"', `"${first}"`)
      : reason;
    return `  ${named}${more > 0 ? ` and ${more} more` : ""}: ${own}`;
  });
  const others = reasons.length - MAX_SHOWN;
  if (others > 0) {
    lines.push(`  and ${others} other ${others === 1 ? "reason" : "reasons"}`);
  }
  return lines;
}

/** The first line of what an error says. */
function reasonOf({ name, message }: Error): string {
  const [line] = message.split("\n", 1);
  if (line === "") return name;
  const text = /^(Error|ConnectError|RemoteError)$/.test(name)
    ? line!
    : `${name}: ${line}`;
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}

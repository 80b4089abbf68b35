// Many hosts as one short text, which means the same: `web[01-20],db1`.

/** A host, as what is between its numbers and the numbers, in turn. */
type Parts = string[];

/** A longer number would be rounded. */
const MAX_DIGITS = 15;

/**
 * A text that stands for hosts, as {@linkcode expandHosts} reads it, as short as ranges make it.
 *
 * @example Servers by their numbers
 * ```ts
 * import { expandHosts, foldHosts } from "tongs";
 * import { assertEquals } from "@std/assert";
 *
 * const hosts = ["web08", "web09", "web10", "db1", "web12"];
 * assertEquals(foldHosts(hosts), "web[08-10,12],db1");
 * assertEquals(expandHosts(foldHosts(hosts)).sort(), hosts.sort());
 * ```
 *
 * @param hosts The hosts.
 * @returns The text. Hosts are in the order in which the first of each range comes.
 */
export function foldHosts(hosts: Iterable<string>): string {
  let all = [...new Set(hosts)].map(split);
  const numbers = all.reduce((most, { length }) => Math.max(most, length), 0);
  // The last number is the one that counts, if only one does: rack2-node[1-9].
  for (let i = numbers - 1 - numbers % 2; i > 0; i -= 2) all = foldAt(i, all);
  return all.map((parts) => parts.join("")).join(",");
}

function split(host: string): Parts {
  // Brackets are those of an IPv6 address, in which numbers are not decimal.
  if (/[[\]]/.test(host)) return [host];
  return host.split(new RegExp(`((?<!\\d)\\d{1,${MAX_DIGITS}}(?!\\d))`));
}

/** Puts hosts together that differ in one number only. */
function foldAt(i: number, hosts: Parts[]): Parts[] {
  const alike = Map.groupBy(
    hosts,
    (parts) => parts.map((part, at) => at === i ? "" : part).join("\0"),
  );
  return [...alike.values()].map((group) => {
    const [first] = group;
    if (group.length < 2 || first![i] === undefined) return first!;
    const list = ranges(group.map((parts) => parts[i]!));
    return first!.with(i, `[${list}]`);
  });
}

/** Numbers as ranges: `08-10,12`. */
function ranges(texts: string[]): string {
  const sorted = texts.toSorted((a, b) =>
    Number(a) - Number(b) || a.length - b.length
  );
  const found: string[][] = [];
  for (const text of sorted) {
    // Padded ranges may lie between those that are not, as in 1, 01 and 2.
    const run = found.findLast((run) => text === successor(run));
    if (run === undefined) found.push([text]);
    else run.push(text);
  }
  return found.map((run) => run.length < 2 ? run[0] : `${run[0]}-${run.at(-1)}`)
    .join(",");
}

/** What would come next, padded as the first one is. */
function successor(run: string[]): string {
  const [first] = run;
  const width = first!.startsWith("0") ? first!.length : 0;
  return String(Number(run.at(-1)) + 1).padStart(width, "0");
}

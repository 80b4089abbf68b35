// Many hosts in one text: `web[01-20],db[1-3]!db2`.

/** Options of {@linkcode expandHosts}. */
export interface ExpandOptions {
  /** What `@name` stands for, by its name: a text of the same kind, or hosts. */
  groups?: Readonly<Record<string, string | readonly string[]>>;
}

/** The most hosts that one text may stand for. */
const MAX_HOSTS = 100_000;

/** An IPv6 address in brackets, which is no range. */
const ADDRESS = /^\[[\da-f]*:[\da-f:.]*(%[\w.-]+)?\]/i;

const RANGE = /^(\d+)-(\d+)(?:\/(\d+))?$/;

/** What is meant to be a range and is none, such as `1--3` or `a-c`. */
const NO_RANGE = /^(?:[\d/-]*-[\d/-]*|[a-z]-[a-z])$/i;

/**
 * The hosts that a text stands for, each once, in order.
 *
 * Hosts are joined with `,` or blanks, left out with `!` and limited to with `&`, from left to
 * right. `[01-20]` counts, keeping the zeros, `[0-10/5]` in steps, and `[1-3,7,b]` lists. `@name` is
 * a group.
 *
 * @example Servers by their numbers
 * ```ts
 * import { expandHosts } from "tongs";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(expandHosts("web[08-10],db[1-3]!db2"), ["web08", "web09", "web10", "db1", "db3"]);
 * ```
 *
 * @param text The text.
 * @param options What groups there are.
 * @throws {SyntaxError} If it makes no sense.
 * @throws {RangeError} If it stands for more than 100,000 hosts.
 */
export function expandHosts(
  text: string,
  options: ExpandOptions = {},
): string[] {
  return expand(text, options, []);
}

function expand(
  text: string,
  { groups = {} }: ExpandOptions,
  within: readonly string[],
): string[] {
  let hosts = new Set<string>();
  for (const { operator, term } of splitTerms(text)) {
    const found = term.startsWith("@")
      ? expandGroup(term.slice(1), groups, within)
      : expandTerm(term);
    if (operator === "!") hosts = hosts.difference(new Set(found));
    else if (operator === "&") hosts = hosts.intersection(new Set(found));
    else for (const host of found) hosts.add(host);
    if (hosts.size > MAX_HOSTS) tooMany(text);
  }
  return [...hosts];
}

function expandGroup(
  name: string,
  groups: NonNullable<ExpandOptions["groups"]>,
  within: readonly string[],
): string[] {
  if (!Object.hasOwn(groups, name)) {
    const known = Object.keys(groups).map((name) => `@${name}`).join(", ");
    throw new SyntaxError(
      `Cannot find the group "@${name}": ${
        known === "" ? "there are no groups" : `the groups are ${known}`
      }`,
    );
  }
  if (within.includes(name)) {
    throw new SyntaxError(
      `Cannot expand the group "@${name}": it contains itself, by ${
        [...within, name].map((name) => `@${name}`).join(" → ")
      }`,
    );
  }
  const group = groups[name]!;
  const inside = [...within, name];
  return [group].flat().flatMap((text) => expand(text, { groups }, inside));
}

/** The parts of a text between what joins them, which has no meaning in brackets. */
function splitTerms(text: string): { operator: string; term: string }[] {
  const terms: { operator: string; term: string }[] = [];
  let operator = ",";
  let term = "";
  let isOpen = false;
  const end = (next: string) => {
    if (term !== "") terms.push({ operator, term });
    else if (/[!&]/.test(operator) && !/\s/.test(next)) {
      misunderstood(text, `nothing follows "${operator}"`);
    }
    // Blanks around an operator are only that.
    if (term !== "" || !/\s/.test(next)) operator = next;
    term = "";
  };
  for (const character of text) {
    if (character === "[") isOpen = true;
    if (character === "]") isOpen = false;
    if (!isOpen && /[,!&\s]/.test(character)) end(character);
    else term += character;
  }
  if (isOpen) misunderstood(text, "a bracket is not closed");
  end(",");
  return terms;
}

function expandTerm(term: string): string[] {
  let hosts = [""];
  for (let at = 0; at < term.length;) {
    const rest = term.slice(at);
    const plain = (ADDRESS.exec(rest) ?? /^[^[\]]+/.exec(rest))?.[0];
    if (plain !== undefined) {
      hosts = hosts.map((host) => host + plain);
      at += plain.length;
      continue;
    }
    const [whole, list] = /^\[([^[\]]*)\]/.exec(rest) ?? [];
    if (whole === undefined || list === "") {
      misunderstood(
        term,
        "brackets hold numbers, ranges or words, as in web[1-3,7]",
      );
    }
    const items = list!.split(",").flatMap((item) => expandItem(item, term));
    if (hosts.length * items.length > MAX_HOSTS) tooMany(term);
    hosts = hosts.flatMap((host) => items.map((item) => host + item));
    at += whole.length;
  }
  return hosts;
}

function expandItem(item: string, term: string): string[] {
  const range = RANGE.exec(item.trim());
  if (range === null) {
    if (NO_RANGE.test(item.trim())) {
      misunderstood(term, `"${item}" is no range of numbers, as in web[1-3]`);
    }
    if (/^\s*[\w.-]+\s*$/.test(item)) return [item.trim()];
    misunderstood(term, `"${item}" is no number, range or word`);
  }
  const [from, to, step] = [range[1]!, range[2]!, Number(range[3] ?? 1)];
  if (Number(from) > Number(to) || step === 0) {
    misunderstood(term, `the range "${item}" is empty`);
  }
  // Above that, the next number is not the next one any more.
  if (!Number.isSafeInteger(Number(to)) || !Number.isSafeInteger(step)) {
    misunderstood(term, `the numbers of "${item}" are too large`);
  }
  if ((Number(to) - Number(from)) / step > MAX_HOSTS) tooMany(term);
  const width = from.startsWith("0") ? from.length : 0;
  const items: string[] = [];
  for (let i = Number(from); i <= Number(to); i += step) {
    items.push(String(i).padStart(width, "0"));
  }
  return items;
}

function tooMany(text: string): never {
  throw new RangeError(
    `Cannot expand the hosts "${text}": there are more than ${MAX_HOSTS}`,
  );
}

function misunderstood(text: string, why: string): never {
  throw new SyntaxError(`Cannot understand the hosts "${text}": ${why}`);
}

// Why hosts failed, in words for standard error.

import { foldHosts } from "../group/fold_hosts.ts";
import { formatMs } from "./duration.ts";
import { errorKind, type Outcome } from "./exit.ts";
import type { OutputContext } from "./output.ts";
import { oneLine } from "./text.ts";

/** How many hosts a summary names for each thing that can happen. */
const MAX_NAMES = 10;

/** How long a text with ranges of hosts may be. */
const MAX_FOLDED = 60;

const CATEGORIES = {
  failed: "failed",
  timeout: "timed out",
  unreachable: "unreachable",
} as const;

/** Says why one host failed. */
export function printFailure(
  outcome: Outcome,
  { terminal, view, verbose, hosts }: OutputContext,
): void {
  if (outcome.status === "ok" || isCancelled(outcome)) return;
  const text = outcome.error === undefined
    ? view.note(outcome.value)
    : describe(outcome.error, verbose || hosts.length === 1);
  terminal.error(attribute([outcome.host], text));
}

/** Says why hosts failed, those with the same reason together. */
export function printFailures(
  outcomes: readonly Outcome[],
  context: OutputContext,
): void {
  const failed = outcomes.filter((outcome) =>
    outcome.error !== undefined && !isCancelled(outcome)
  );
  const groups = Map.groupBy(
    failed,
    (outcome) =>
      withoutHost(describe(outcome.error, context.verbose), outcome.host),
  );
  for (const [text, members] of groups) {
    if (members.length === 1) printFailure(members[0]!, context);
    else {
      const hosts = members.map(({ host }) => host);
      context.terminal.error(attribute(hosts, text));
    }
  }
}

/** Says how many hosts there were and what became of them. */
export function printSummary(
  outcomes: readonly Outcome[],
  ms: number,
  { terminal, verbose }: OutputContext,
): void {
  const unfinished = outcomes.filter(isCancelled);
  if (outcomes.length < 2) {
    if (unfinished.length > 0) terminal.note("interrupted");
    return;
  }
  const ok = outcomes.filter(({ status }) => status === "ok").length;
  const parts = [`${ok} ok`];
  function add(words: string, members: Outcome[]): void {
    if (members.length === 0) return;
    parts.push(`${members.length} ${words} (${names(members, verbose)})`);
  }
  for (const [status, words] of Object.entries(CATEGORIES)) {
    add(
      words,
      outcomes.filter((outcome) =>
        outcome.status === status && !unfinished.includes(outcome)
      ),
    );
  }
  add("not finished", unfinished);
  terminal.note(
    `${unfinished.length > 0 ? "interrupted; " : ""}${outcomes.length} hosts: ${
      parts.join(", ")
    } in ${formatMs(ms)}`,
  );
}

function isCancelled({ error }: Outcome): boolean {
  return errorKind(error) === "cancelled";
}

/** Names hosts, but not hundreds of them: in ranges, where that is short. */
export function names(
  outcomes: readonly Outcome[],
  verbose: boolean,
): string {
  const hosts = outcomes.map(({ host }) => oneLine(host));
  const more = hosts.length - MAX_NAMES;
  if (verbose || more < 2) return hosts.join(", ");
  const folded = foldHosts(hosts);
  return folded.length <= MAX_FOLDED
    ? folded.replaceAll(/,(?![^[]*\])/g, ", ")
    : `${hosts.slice(0, MAX_NAMES).join(", ")} and ${more} more`;
}

/** An error with its causes, and with where it was thrown on the far side. */
function describe(error: unknown, withStack: boolean): string {
  if (!(error instanceof Error)) return String(error);
  if (errorKind(error) !== "remote") return error.message;
  const stack = (error.stack ?? "").split("\n");
  // What is below the line that names the host is this side's own.
  const end = stack.findIndex((line) => /^ {4}at \[.*\]$/.test(line));
  let text = withStack && end > 0
    ? stack.slice(0, end).join("\n")
    : title(error);
  const seen = new Set<unknown>([error]);
  for (
    let cause = error.cause;
    cause !== undefined && !seen.has(cause);
    cause = (cause as Error | null)?.cause
  ) {
    seen.add(cause);
    text += `\n  caused by ${
      Error.isError(cause) ? title(cause as Error) : Deno.inspect(cause)
    }`;
  }
  return text;
}

function title({ name, message }: Error): string {
  return message === "" ? name : `${name}: ${message}`;
}

function attribute(hosts: string[], text: string): string {
  const [host] = hosts;
  if (hosts.length === 1 && text.includes(`"${host}"`)) return text;
  return `${hosts.map(oneLine).join(", ")}: ${text}`;
}

/** The same text for all hosts that say the same. `ssh` names host and port apart. */
function withoutHost(text: string, host: string): string {
  const [, name = host, port] = /^(?:[^@]*@)?(.*?)(?::(\d+))?$/.exec(host) ??
    [];
  const replaced = replaceWord(replaceWord(text, host), name);
  return port === undefined
    ? replaced
    : replaced.replaceAll(`HOST port ${port}`, "HOST");
}

function replaceWord(text: string, word: string): string {
  const bounded = `(?<![\\w.-])${RegExp.escape(word)}(?![\\w.-])`;
  return text.replace(new RegExp(bounded, "g"), "HOST");
}

// Hosts with the same result together, so that the odd one shows.

import { sanitize } from "../tunnels/log.ts";
import type { Outcome } from "./exit.ts";
import { names, printFailures, printSummary } from "./failures.ts";
import type { Output, OutputContext } from "./output.ts";
import { manyLines } from "./text.ts";

/** Shows each different result once, at the end. */
export class GroupOutput implements Output {
  #context: OutputContext;

  constructor(context: OutputContext) {
    this.#context = context;
  }

  async end(outcomes: Outcome[], ms: number): Promise<void> {
    const { terminal, view, verbose } = this.#context;
    // Also what a host wrote before its time was over.
    const shown = outcomes.filter(({ error, value }) =>
      error === undefined || value !== undefined
    ).map((outcome) => ({
      outcome,
      text: manyLines(view.text(outcome.value)),
      note: note(outcome, this.#context),
    }));
    const groups = [
      ...Map.groupBy(shown, ({ text, note }) => `${note}\0${text}`).values(),
    ];
    // What went well for most comes first, what needs a look stays in sight.
    groups.sort((a, b) =>
      Number(a[0]!.note !== "") - Number(b[0]!.note !== "") ||
      b.length - a.length
    );
    for (const [i, group] of groups.entries()) {
      const { text, note } = group[0]!;
      const members = group.map(({ outcome }) => outcome);
      const title = names(members, verbose) +
        (members.length > 1 ? ` (${members.length} hosts)` : "");
      const body = text === "" || text.endsWith("\n") ? text : `${text}\n`;
      const space = i === 0 ? "" : "\n";
      await terminal.write(
        space + heading(title, note, this.#context) + body,
      );
    }
    printFailures(outcomes, this.#context);
    printSummary(outcomes, ms, this.#context);
  }
}

function note(
  { status, error, value }: Outcome,
  { view }: OutputContext,
): string {
  if (error === undefined) return view.note(value);
  return status === "timeout" ? "timed out, so far" : "not finished, so far";
}

/** A heading above results on standard output. */
function heading(
  title: string,
  note: string,
  { terminal }: OutputContext,
): string {
  const text = sanitize(title);
  const said = note === "" ? "" : ` · ${note}`;
  const rule = "─".repeat(
    Math.max(3, Math.min(60, terminal.width) - text.length - said.length - 4),
  );
  const { paint } = terminal;
  return `${paint("dim", "──")} ${paint("bold", text)}${paint("red", said)} ${
    paint("dim", rule)
  }\n`;
}

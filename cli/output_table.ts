// A table: a row for each host, or a column for each host when there is more to say of one than
// fits into a row.

import type { Outcome } from "./exit.ts";
import { printFailures, printSummary } from "./failures.ts";
import { type Field, fieldsOf, isRecord } from "./fields.ts";
import type { Output, OutputContext } from "./output.ts";
import { isDense } from "./show.ts";
import { type Cell, drawTable, naturalWidth } from "./table.ts";
import { oneLine } from "./text.ts";

/** The least that a host's column should have, where a host has a column. */
const MIN_COLUMN = 28;

/** What a table says of a host, once or for each item of a list. */
interface Entry {
  host: string;
  fields: Field[];
}

/** Shows a table at the end. */
export class TableOutput implements Output {
  #context: OutputContext;

  constructor(context: OutputContext) {
    this.#context = context;
  }

  async end(outcomes: Outcome[], ms: number): Promise<void> {
    const { terminal, view } = this.#context;
    const entries = outcomes.filter(({ error }) => error === undefined)
      .flatMap(({ host, value }) => toEntries(host, view.record(value)));
    if (entries.length > 0) {
      const tables = layOut(entries, terminal.width)
        .map((rows) => drawTable(rows, terminal.width, terminal.paint));
      await terminal.write(tables.join("\n"));
    }
    printFailures(outcomes, this.#context);
    printSummary(outcomes, ms, this.#context);
  }
}

function toEntries(host: string, value: unknown): Entry[] {
  const name = oneLine(host);
  if (isDense(value) && value.length > 0 && value.every(isRecord)) {
    return value.map((item, i) => ({
      host: i === 0 ? name : "",
      fields: fieldsOf(item),
    }));
  }
  return [{ host: name, fields: fieldsOf(value) }];
}

/** The tables that say it all: one with hosts as rows, or some with hosts as columns. */
function layOut(entries: Entry[], width: number): Cell[][][] {
  const labels = [
    ...new Set(
      entries.flatMap(({ fields }) => fields.map(({ label }) => label)),
    ),
  ];
  const byRow = [
    [{ text: "host" }, ...labels.map((label) => head(label, entries))],
    ...entries.map((entry) => [
      { text: entry.host },
      ...labels.map((label) => cell(entry, label)),
    ]),
  ];
  const isList = entries.some(({ host }) => host === "");
  if (isList || labels.length < 4 || naturalWidth(byRow) <= width) {
    return [byRow];
  }
  const tables: Cell[][][] = [];
  for (let i = 0; i < entries.length;) {
    let size = 1;
    while (
      i + size < entries.length &&
      needed(byColumn(entries.slice(i, i + size + 1), labels)) <= width
    ) size++;
    tables.push(byColumn(entries.slice(i, i + size), labels));
    i += size;
  }
  return tables;
}

function byColumn(entries: Entry[], labels: string[]): Cell[][] {
  return [
    [{ text: "" }, ...entries.map(({ host }) => ({ text: host }))],
    ...labels.map((label) => [
      { text: label },
      ...entries.map((entry) => ({ text: cell(entry, label).text })),
    ]),
  ];
}

/** The width that a table with hosts as columns needs to be good to read. */
function needed(rows: Cell[][]): number {
  const columns = rows[0]!.length;
  const first = naturalWidth(rows.map((row) => row.slice(0, 1)));
  const most = first + (columns - 1) * (MIN_COLUMN + 2);
  return Math.min(naturalWidth(rows), most);
}

function cell({ fields }: Entry, label: string): Cell {
  const field = fields.find((field) => field.label === label);
  return { text: field?.text ?? "–", right: field?.numeric ?? false };
}

function head(label: string, entries: Entry[]): Cell {
  const cells = entries.map(({ fields }) =>
    fields.find((field) => field.label === label)
  ).filter((field) => field !== undefined);
  return { text: label, right: cells.every(({ numeric }) => numeric) };
}

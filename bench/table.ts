// What was measured, as a table that is worth reading.

/** A limit that a row is held to. */
export interface Budget {
  /** The limit. */
  limit: number;
  /** What is compared: the median of the samples, or that of the ratios. */
  on: "value" | "ratio";
  /** Whether the limit is a lower one. */
  atLeast?: boolean;
}

/** One line of the table. */
export interface Row {
  /** What was measured. */
  name: string;
  /** All samples. */
  samples: number[];
  /** Their unit. */
  unit: string;
  /** The samples, each held against the floor or peer of its own round. */
  ratio?: number[];
  /** What the ratio is to. */
  to?: string;
  /** What the row must keep within, if it must. */
  budget?: Budget;
}

/** The rows of one measurement. */
export interface Section {
  /** Its name for `--only`. */
  name: string;
  /** What it measures. */
  title: string;
  /** What was measured. */
  rows: Row[];
  /** What a reader must know, such as what was left out. */
  notes: string[];
}

/** The middle one of some samples. */
export function median(samples: number[]): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? sorted[middle]!
    : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Pairs the samples of two rows, round by round. */
export function pair(
  samples: number[],
  others: number[],
  combine: (sample: number, other: number) => number,
): number[] {
  return samples.slice(0, others.length).map((sample, i) =>
    combine(sample, others[i]!)
  );
}

/** Whether a row keeps within its budget, or `undefined` if it has none. */
export function holds(
  { samples, ratio = [], budget }: Row,
): boolean | undefined {
  if (budget === undefined) return undefined;
  const value = median(budget.on === "value" ? samples : ratio);
  return budget.atLeast ? value >= budget.limit : value <= budget.limit;
}

function digits(value: number): string {
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString("en-US");
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function spread(samples: number[] | undefined): string[] {
  if (samples === undefined || samples.length === 0) return ["", ""];
  if (samples.length === 1) return [digits(samples[0]!), ""];
  return [
    digits(median(samples)),
    `${digits(Math.min(...samples))} – ${digits(Math.max(...samples))}`,
  ];
}

function cells(row: Row): string[] {
  const { name, samples, unit, ratio, to = "", budget } = row;
  const limit = budget === undefined
    ? ""
    : `${budget.atLeast ? "≥" : "≤"} ${digits(budget.limit)}`;
  const verdict = { true: "yes", false: "NO", undefined: "" }[
    `${holds(row)}`
  ];
  return [
    name,
    ...spread(samples),
    unit,
    ...spread(ratio),
    ratio === undefined ? "" : to,
    limit,
    verdict,
  ];
}

const HEAD = [
  "",
  "median",
  "min – max",
  "unit",
  "ratio",
  "min – max",
  "to",
  "budget",
  "holds",
];
const LEFT = new Set([0, 3, 6, 8]);

/** A section as plain text. */
export function format({ title, rows, notes }: Section): string {
  const lines = [HEAD, ...rows.map(cells)];
  const widths = HEAD.map((_, i) =>
    Math.max(...lines.map((line) => line[i]!.length))
  );
  const table = lines.map((line) =>
    "  " +
    line.map((cell, i) =>
      LEFT.has(i) ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)
    ).join("  ").trimEnd()
  );
  return [
    title,
    ...(rows.length > 0 ? table : []),
    ...notes.map((note) => `  (${note})`),
  ].join("\n");
}

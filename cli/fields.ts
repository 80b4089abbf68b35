// What a table shows of a record: its fields, those that belong together as one.

import { formatBytes, showField } from "./show.ts";
import { oneLine } from "./text.ts";

/** A field of a table, ready to be shown. */
export interface Field {
  /** What it is called. */
  label: string;
  /** What it says. */
  text: string;
  /** Whether it is a number, which belongs on the right. */
  numeric: boolean;
}

type Fields = Record<string, unknown>;

/** Fields that say more together, when they are all there: the first one's place is theirs. */
const FAMILIES: {
  label: string;
  keys: string[];
  /** Other fields that they make needless. */
  also?: string[];
  // deno-lint-ignore no-explicit-any
  show: (record: Record<string, any>) => string;
}[] = [
  {
    label: "cpus",
    keys: ["cpus", "cpuModel"],
    show: ({ cpus, cpuModel }) => `${cpus} × ${showField(cpuModel)}`,
  },
  {
    label: "load",
    keys: ["load1", "load5", "load15"],
    show: ({ load1, load5, load15 }) =>
      [load1, load5, load15].map((load) => Number(load).toFixed(2)).join("  "),
  },
  {
    label: "memory",
    keys: ["memoryTotal", "memoryUsed"],
    also: ["memoryAvailable"],
    show: ({ memoryTotal, memoryUsed }) => share(memoryUsed, memoryTotal),
  },
  {
    label: "swap",
    keys: ["swapTotal", "swapUsed"],
    show: ({ swapTotal, swapUsed }) => share(swapUsed, swapTotal),
  },
  // Of interest beside the version of Deno only to who asks for them.
  {
    label: "deno",
    keys: ["deno", "v8", "typescript"],
    show: ({ deno }) => showField(deno),
  },
];

function share(used: number, total: number): string {
  if (total === 0) return "none";
  const percent = Math.round(100 * used / total);
  return `${formatBytes(used)} of ${formatBytes(total)} (${percent}%)`;
}

/** Whether a value is a plain record, whose fields can be those of a table. */
export function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null &&
    Object.getPrototypeOf(value) === Object.prototype;
}

/** The fields of a value; one without a name if it is no record. */
export function fieldsOf(value: unknown): Field[] {
  if (!isRecord(value)) return [field("", value, [])];
  const keys = Object.keys(value);
  const shown: Field[] = [];
  const done = new Set<string>();
  for (const key of keys) {
    if (done.has(key)) continue;
    const family = FAMILIES.find((family) =>
      family.keys.includes(key) && isComplete(family, value)
    );
    if (family === undefined) {
      shown.push(field(key, value[key], keys));
      continue;
    }
    for (const member of [...family.keys, ...family.also ?? []]) {
      done.add(member);
    }
    const text = family.show(value);
    shown.push({ label: family.label, text, numeric: false });
  }
  return shown;
}

/** Whether what a far side sent is what it is taken for. */
function isComplete(
  { label, keys }: { label: string; keys: string[] },
  record: Fields,
): boolean {
  const numeric = ["load", "memory", "swap"].includes(label);
  return keys.every((key) =>
    typeof record[key] === "string" && !numeric ||
    typeof record[key] === "number"
  );
}

function field(key: string, value: unknown, siblings: string[]): Field {
  return {
    label: oneLine(
      key.replace(/([a-z])([A-Z])/g, (_, a, b) => `${a} ${b.toLowerCase()}`),
    ),
    text: showField(value, key, siblings),
    numeric: typeof value === "number",
  };
}

// Values as a person reads them.

import { sanitize } from "../tunnels/log.ts";
import { formatMs } from "./duration.ts";
import { isModest } from "./modest.ts";
import { oneLine } from "./text.ts";

/** How many items of a list a table shows. */
const MAX_ITEMS = 12;

const BYTE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

/** What fields of well-known names count; of others only the end of the name tells. */
const BYTES = /^(memory|swap)(Total|Used|Available)$|(^b|B)ytes$/;
const SECONDS = /^uptime$|(^s|S)econds$/;
const MILLISECONDS = /^ms$|Ms$/;

/** The value of a call on its own: a text as it is, and everything else as the console shows it. */
export function showValue(value: unknown): string {
  if (typeof value === "string") return value;
  if (value === undefined) return "";
  return inspect(value);
}

function inspect(value: unknown, compact = false): string {
  if (!isModest(value)) return "[too large to be shown]";
  return Deno.inspect(value, {
    colors: false,
    depth: Infinity,
    iterableLimit: Infinity,
    strAbbreviateSize: Infinity,
    ...(compact ? { compact: true, breakLength: Infinity } : {}),
  });
}

/** Whether it is a list of what is there: a length says little, and costs its sender nothing. */
export function isDense(value: unknown): value is unknown[] {
  return Array.isArray(value) && Object.keys(value).length === value.length;
}

/** A number of bytes in the unit that suits it: `15.6 GiB`. */
export function formatBytes(bytes: number): string {
  let unit = 0;
  let amount = bytes;
  while (Math.abs(amount) >= 1023.5 && unit < BYTE_UNITS.length - 1) {
    amount /= 1024;
    unit++;
  }
  const digits = unit === 0 || amount >= 99.95 ? 0 : 1;
  return `${amount.toFixed(digits)} ${BYTE_UNITS[unit]}`;
}

/**
 * The value of a field in a table. Only its lines break.
 *
 * @param value The value.
 * @param name The name of the field, which may tell what it counts.
 * @param siblings The names of the fields beside it.
 */
export function showField(
  value: unknown,
  name = "",
  siblings: readonly string[] = [],
): string {
  if (value === undefined || value === null || value === "") return "–";
  if (typeof value === "number") return showNumber(value, name, siblings);
  if (typeof value === "string") {
    return value.split("\n").map(oneLine).join("\n");
  }
  if (value instanceof Date && !isNaN(value.getTime())) {
    return value.toISOString().replace("T", " ").replace(/(\.000)?Z$/, " UTC");
  }
  if (isDense(value) || value instanceof Set) {
    const items = [...value];
    if (items.length === 0) return "–";
    if (items.every((item) => typeof item !== "object")) {
      const shown = items.slice(0, MAX_ITEMS).map((item) => showField(item));
      const more = items.length - shown.length;
      return shown.join(", ") + (more > 0 ? ` and ${more} more` : "");
    }
  }
  return typeof value === "object"
    ? oneLine(inspect(value, true))
    : sanitize(String(value));
}

function showNumber(
  value: number,
  name: string,
  siblings: readonly string[],
): string {
  if (Number.isFinite(value)) {
    // Such as `Disk` and `MemoryInfo` of the library of facts.
    const isSize = /^(total|used|available)$/.test(name) &&
      (siblings.includes("mount") || siblings.includes("swapTotal"));
    if (BYTES.test(name) || isSize) return formatBytes(value);
    if (SECONDS.test(name)) return formatMs(value * 1000);
    if (MILLISECONDS.test(name)) return formatMs(value);
  }
  return Number.isInteger(value)
    ? String(value)
    : String(Number(value.toFixed(3)));
}

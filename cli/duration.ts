// Durations as people write them.

import { UsageError } from "./usage_error.ts";

const UNITS: Record<string, number> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** The longest that a timer can wait. */
const MAX = 2 ** 31 - 1;

/**
 * Reads a duration such as `500ms`, `30s`, `5m` or `1h`.
 *
 * @param text The duration.
 * @param name What it is for, for the error.
 * @returns The same in milliseconds.
 * @throws {UsageError} If it is no duration.
 */
export function parseDuration(text: string, name: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  if (match === null) {
    throw new UsageError(
      `Cannot understand "${text}" as the duration of ${name}`,
      /^\d+$/.test(text)
        ? `say what the number counts, as in ${name} ${text}s`
        : "write it like 500ms, 30s, 5m or 1h",
    );
  }
  const ms = Math.ceil(Number(match[1]) * UNITS[match[2]!]!);
  if (ms === 0 || ms > MAX) {
    throw new UsageError(
      `Cannot use "${text}" as the duration of ${name}`,
      "it must be longer than nothing and at most 24 days",
    );
  }
  return ms;
}

/** A number of milliseconds as a person reads it: `0.4 ms`, `250 ms`, `1.5 s`, `3 d 4 h`. */
export function formatMs(ms: number): string {
  if (ms < 0) return `-${formatMs(-ms)}`;
  if (ms < 10) return `${Number(ms.toPrecision(2))} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${Number((ms / 1000).toPrecision(3))} s`;
  const minutes = Math.round(ms / 60_000);
  if (minutes < 60) {
    const s = Math.round(ms / 1000);
    return join(Math.floor(s / 60), "min", s % 60, "s");
  }
  if (minutes < 1440) {
    return join(Math.floor(minutes / 60), "h", minutes % 60, "min");
  }
  const hours = Math.round(ms / 3_600_000);
  return join(Math.floor(hours / 24), "d", hours % 24, "h");
}

function join(a: number, aUnit: string, b: number, bUnit: string): string {
  return b === 0 ? `${a} ${aUnit}` : `${a} ${aUnit} ${b} ${bUnit}`;
}

// The processors of a machine, and how busy they are.

import { readText } from "./read_text.ts";

/** The processors from {@linkcode cpus}. */
export interface CpuInfo {
  /** Model of the first processor; many ARM machines do not tell it. */
  model?: string | undefined;
  /** Logical processors this process may use, within affinity and quota. */
  count: number;
}

/** The load averages from {@linkcode load}. */
export interface LoadAverages {
  /** Average over 1 minute. */
  one: number;
  /** Average over 5 minutes. */
  five: number;
  /** Average over 15 minutes. */
  fifteen: number;
}

/**
 * Returns the model and number of the processors.
 *
 * @returns The processors; the model is known on Linux only.
 *
 * @example Usage
 * ```ts
 * import { cpus } from "@tongs/tongs/facts";
 * import { assert } from "@std/assert";
 *
 * assert(cpus().count > 0);
 * ```
 */
export function cpus(): CpuInfo {
  const model = readText("/proc/cpuinfo")
    ?.match(/^(?:model name|cpu model|cpu|uarch)[ \t]*:[ \t]*(\S.*)$/im)?.[1];
  return { model, count: navigator.hardwareConcurrency };
}

/**
 * Returns the load averages over the last 1, 5 and 15 minutes.
 *
 * @returns The averages, or `undefined` on Windows, which has none.
 * @throws {Deno.errors.NotCapable} If `--allow-sys` is not given.
 *
 * @example Usage
 * ```ts
 * import { load } from "@tongs/tongs/facts";
 * import { assert } from "@std/assert";
 *
 * assert(load()!.fifteen >= 0);
 * ```
 */
export function load(): LoadAverages | undefined {
  if (Deno.build.os === "windows") return undefined;
  const [one, five, fifteen] = Deno.loadavg()
    .map((average) => Math.round(average * 100) / 100);
  return { one: one!, five: five!, fifteen: fifteen! };
}

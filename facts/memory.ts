// The memory of a machine.

/** The memory from {@linkcode memory}, in bytes. */
export interface MemoryInfo {
  /** Memory the system has. */
  total: number;
  /** Memory that programs can still get without swapping. */
  available?: number | undefined;
  /** Memory in use: `total` less `available`. */
  used?: number | undefined;
  /** Swap space the system has. */
  swapTotal: number;
  /** Swap space in use. */
  swapUsed: number;
}

/**
 * Returns how much memory and swap space there is and is in use.
 *
 * @returns The memory of the whole system, in bytes.
 * @throws {Deno.errors.NotCapable} If `--allow-sys` is not given.
 *
 * @example Usage
 * ```ts
 * import { memory } from "@tongs/tongs/facts";
 * import { assert } from "@std/assert";
 *
 * assert(memory().total > 0);
 * ```
 */
export function memory(): MemoryInfo {
  const { total, swapTotal, swapFree, ...info } = Deno.systemMemoryInfo();
  // Systems that do not tell what is available report zero.
  const available = info.available || undefined;
  const used = available && total - available;
  return { total, available, used, swapTotal, swapUsed: swapTotal - swapFree };
}

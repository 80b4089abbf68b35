// What tests of the command line share: the modules that it calls, and what it prints for programs.
import type { Ran } from "./program.ts";

/** The directory of the modules whose functions it calls. */
export const MODULES: string =
  new URL("../testdata/cli", import.meta.url).pathname;

/** What it printed with `--output jsonl`. */
export function jsonLines({ stdout }: Ran): Record<string, unknown>[] {
  return stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
}

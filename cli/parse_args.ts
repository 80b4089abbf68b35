// The one place that names the package of the argument parser, in full, as this program also runs
// where no import map is. The package has no types.

import { parseArgs as parse } from "npm:deno-std@1.4.0/cli/parse_args.js";

/** What {@linkcode parseArgs} is to know. */
export interface ParseArgsOptions {
  /** Options without a value. */
  boolean: string[];
  /** Options with a value. */
  string: string[];
  /** Options that may be repeated. */
  collect: string[];
  /** Other names of options. */
  alias: Record<string, string>;
  /** Called for what is not known, and for operands, which have no key; says whether to keep it. */
  unknown: (arg: string, key?: string) => boolean;
}

/** What {@linkcode parseArgs} found: options by their names, and operands. */
export type ParsedArgs =
  & Record<string, string | string[] | boolean | undefined>
  & { _: string[] };

/** Splits a command line into options and operands. */
export const parseArgs = parse as (
  args: readonly string[],
  options: ParseArgsOptions,
) => ParsedArgs;

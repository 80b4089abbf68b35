// What the operands of `tongs put`, `fetch` and `sync` mean: where something is, and where it goes.

import type { Options } from "./options.ts";
import { UsageError } from "./usage_error.ts";

/** The two operands of a command. */
export function twoOperands(
  { operands, rest = [] }: Options,
  command: string,
  [first, second]: [string, string],
): [string, string] {
  const words = [...operands, ...rest];
  const example = `as in tongs ${command}`;
  if (words.length < 2 || words.includes("")) {
    throw new UsageError(
      `Cannot tell ${words.length === 0 ? `${first} and ${second}` : second}`,
      example,
    );
  }
  if (words.length > 2) {
    throw new UsageError(
      `Cannot use "${words[2]}": there are ${first} and ${second} already`,
      `quote what a shell would expand, ${example}`,
    );
  }
  return [words[0]!, words[1]!];
}

/** A directory as a target means the same name in it. */
export function intoDirectory(target: string, source: string): string {
  return target.endsWith("/") ? target + bareName(source) : target;
}

/** The name of a file without its directories. */
function bareName(path: string): string {
  const name = path.split("/").at(-1);
  if (name === undefined || /^(|-|\.|\.\.|~)$/.test(name)) {
    throw new UsageError(
      `Cannot tell the name of the file: "${path}" has none`,
      "give the target a name, and not just a directory",
    );
  }
  return name;
}

/**
 * What there is at a path on this side. That there is nothing is found out before any host is
 * bothered with it.
 *
 * @throws {UsageError} If there is nothing, or it cannot be read.
 */
export async function statOperand(
  path: string,
  noun: "file" | "directory",
): Promise<Deno.FileInfo> {
  try {
    return await Deno.stat(path);
  } catch (error) {
    throw new UsageError(
      error instanceof Deno.errors.NotFound
        ? `Cannot find the ${noun} "${path}"`
        : `Cannot read the ${noun} "${path}": ${(error as Error).message}`,
    );
  }
}

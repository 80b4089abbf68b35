// The last part of a path.

import { UsageError } from "./usage_error.ts";

/** The name of a file without its directories. */
export function bareName(path: string): string {
  const name = path.split("/").at(-1);
  if (name === undefined || /^(|-|\.|\.\.|~)$/.test(name)) {
    throw new UsageError(
      `Cannot tell the name of the file: "${path}" has none`,
      "give the target a name, and not just a directory",
    );
  }
  return name;
}

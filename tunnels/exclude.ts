// What a sync leaves out: globs, as one regular expression for paths in the tree. Those of
// directories end in a slash.

import { MAX_FRAME_SIZE } from "../wire/limits.ts";
import { globToRegExp } from "./glob.gen.js";

/** The longest expression in UTF-16 units: it goes in a frame with the rest of a request. */
const MAX_LENGTH = MAX_FRAME_SIZE / 4;

/**
 * Makes one regular expression of globs.
 *
 * @param globs The globs, see `SyncOptions.exclude`.
 * @returns The expression, or `undefined` if there are none.
 * @throws {TypeError} If one of them is no glob.
 * @throws {RangeError} If they are too many.
 */
export function excluding(globs: readonly string[]): RegExp | undefined {
  if (globs.length === 0) return undefined;
  const source = globs.map((glob) => {
    const [, root, name, end] = /^(\/?)(.*?)(\/?)$/s.exec(String(glob))!;
    if (name === "" || typeof glob !== "string") {
      throw new TypeError(
        `Cannot exclude ${JSON.stringify(glob)}: it is no glob`,
      );
    }
    const { source } = globToRegExp(name!) as RegExp;
    const anywhere = root === "" && !name!.includes("/");
    const body = source.slice(1, -"\\/*$".length);
    return `^${anywhere ? "(?:.*/)?" : ""}${body}${end === "" ? "/?" : "/"}$`;
  }).join("|");
  if (source.length > MAX_LENGTH) {
    throw new RangeError("Cannot sync with so much to exclude");
  }
  return new RegExp(source);
}

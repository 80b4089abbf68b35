// What a sync leaves out: globs, as one regular expression for paths in the tree. Those of
// directories end in a slash.

import { globToRegExp } from "./glob.gen.js";

/**
 * Makes one regular expression of globs.
 *
 * @param globs The globs, see `SyncOptions.exclude`.
 * @returns Its source, or `null` if there are none.
 * @throws {TypeError} If one of them is no glob.
 */
export function excludeSource(globs: readonly string[]): string | null {
  if (globs.length === 0) return null;
  return globs.map((glob) => {
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
}

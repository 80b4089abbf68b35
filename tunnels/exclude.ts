// What a sync leaves out: globs, as one regular expression for paths in the tree. Those of
// directories end in a slash.

import { MAX_FRAME_SIZE } from "../wire/limits.ts";
import { show } from "./given_path.ts";
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
  if (!Array.isArray(globs)) {
    throw new TypeError(
      `Cannot exclude ${show(globs)}: it is no list of globs`,
    );
  }
  if (globs.length === 0) return undefined;
  const source = globs.map(expression).join("|");
  if (source.length > MAX_LENGTH) {
    throw new RangeError("Cannot sync with so much to exclude");
  }
  return new RegExp(source);
}

function expression(glob: unknown): string {
  const [, root, name = "", end] = typeof glob === "string"
    ? /^((?:\.?\/)?)(.*?)(\/?)$/s.exec(glob)!
    : [];
  const noGlob = `Cannot exclude ${show(glob)}: it is no glob`;
  if (name === "") throw new TypeError(noGlob);
  const anywhere = root === "" && !name.includes("/");
  // What is in a directory does not include itself, so that there is a name behind the slash.
  let source: string;
  try {
    ({ source } = globToRegExp(name.replace(/(^|\/)\*\*$/, "$&/*")) as RegExp);
  } catch (cause) { // Such as "[z-a]".
    throw new TypeError(noGlob, { cause });
  }
  const body = source.slice(1, -"\\/*$".length).replaceAll(TOKEN, withoutSlash);
  return `^${anywhere ? "(?:[^]*/)?" : ""}${body}(?<!/)${
    end === "" ? "/?" : "/"
  }$`;
}

/** What is one unit in an expression: something escaped, a set of characters, any character. */
const TOKEN = /\\[^]|\[(?:\\[^]|[^\]\\])*\]|\./g;

/** `?` and `[!a]` stand for a character of a name, and the package lets them be a slash too. */
function withoutSlash(token: string): string {
  return token === "." ? "[^/]" : token.replace(/^\[\^(?!\/)/, "[^/");
}

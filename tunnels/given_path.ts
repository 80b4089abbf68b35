// Paths as users give them, whatever that is.

import { asFileError } from "../files/file_error.ts";
import { absolute } from "../files/paths.ts";

/** How much is shown of what should have been something else, in UTF-16 units. */
const MAX_SHOWN = 100;

/**
 * The path of a file or directory on this side.
 *
 * @throws {TypeError} If it is neither a string nor a URL, or empty.
 * @throws {FileError} If it is a URL of another kind, or the home directory is not known.
 */
export function localPath(given: string | URL): string {
  if (!isPath(given)) {
    throw new TypeError(
      `Cannot use ${show(given)} as a path: it must be a string or a file: URL`,
    );
  }
  if (given === "") throw empty();
  try {
    if (typeof given === "string") return absolute(given);
    if (given.protocol !== "file:") {
      throw new TypeError(`it is a ${given.protocol} URL, not a file: URL`);
    }
    return decodeURIComponent(given.pathname);
  } catch (error) {
    throw asFileError(error);
  }
}

/** Whether something names a file or directory on this side. */
export function isPath(given: unknown): given is string | URL {
  return typeof given === "string" || given instanceof URL;
}

/**
 * Checks a path on the far side; that of no file yet is `null`.
 *
 * @throws {TypeError} If it is no string, or empty.
 */
export function checkRemotePath(host: string, given: unknown): void {
  if (given === "") throw empty();
  if (given === null || typeof given === "string") return;
  throw new TypeError(
    `Cannot use ${show(given)} as a path on "${host}": it must be a string`,
  );
}

/** The empty text would be the directory it is taken in: nobody means that, and `delete` works there. */
function empty(): TypeError {
  return new TypeError('Cannot use "" as a path: it is empty');
}

/** Something that should have been something else, for errors. */
export function show(given: unknown): string {
  return Deno.inspect(given, { depth: 0, breakLength: Infinity })
    .slice(0, MAX_SHOWN);
}

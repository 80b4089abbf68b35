// Which modules a far side may ask for by name. What the controller's own code imports is pushed
// without being asked for; a question comes from a computed `import()`, and only modules of the
// project are an answer to it.

import { ModuleAccessError } from "./errors.ts";
import { packageOf } from "./program.ts";
import { isCode } from "./transform.ts";

const ROOT_MARKS = ["deno.json", "deno.jsonc", "package.json", ".git"];

/**
 * The root of the project that a module belongs to: the nearest folder above it that has a
 * configuration file, or else its own folder.
 *
 * @param url The URL of the module.
 * @returns The real path of the folder.
 */
export async function projectRoot(url: string): Promise<string> {
  const own = await Deno.realPath(new URL(".", url));
  for (
    let folder = own;
    folder !== "/";
    folder = folder.replace(/\/[^/]*$/, "") || "/"
  ) {
    for (const mark of ROOT_MARKS) {
      if (await exists(`${folder}/${mark}`)) return folder;
    }
  }
  return own;
}

/**
 * Checks that a computed import may be answered.
 *
 * @param url The URL that it means, resolved.
 * @param root The project's root.
 * @param specifier What the far side asked for, for the error.
 * @throws {ModuleAccessError} If it is not a module under the root.
 */
export async function checkAccess(
  url: string,
  root: string,
  specifier: string,
): Promise<void> {
  const { protocol, host, pathname } = new URL(url);
  if (protocol !== "file:" || host !== "") {
    throw new ModuleAccessError(specifier, "it is not a file of the project");
  }
  if (!isModule(pathname)) {
    throw new ModuleAccessError(
      specifier,
      "it is not a JavaScript or TypeScript module",
    );
  }
  let path: string;
  try {
    path = await Deno.realPath(new URL(url));
  } catch {
    throw new ModuleAccessError(specifier, "there is no such file");
  }
  // The real path, so that neither `..` nor a symlink leads out, nor renames a file to a module.
  if (!path.startsWith(root === "/" ? root : `${root}/`)) {
    throw new ModuleAccessError(
      specifier,
      `it is not under the project's root "${root}"`,
    );
  }
  if (packageOf(path) !== undefined) {
    throw new ModuleAccessError(
      specifier,
      "it is a file of a package, and no module imports it by the package's name",
    );
  }
  if (!isModule(path) || !(await Deno.stat(path)).isFile) {
    throw new ModuleAccessError(
      specifier,
      "it is not a JavaScript or TypeScript module",
    );
  }
}

/** WebAssembly counts as code: what is none does not compile, and goes nowhere. */
function isModule(path: string): boolean {
  return isCode(path) || path.endsWith(".wasm");
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch {
    return false;
  }
}

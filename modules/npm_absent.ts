// What packages name and nobody has, such as an optional part in a `try`. To Deno that matters only
// where it is reached; its bundler takes it for a mistake, unless it is told of each.

import { fileURLToPath, pathToFileURL } from "node:url";
import { packageOf } from "./program.ts";
import type { RawSourceMap } from "./npm_bundle.ts";

/** A `require` in a `try` that finds no package. */
const UNCONVERTED = /Could not convert path to URL\.\s+Path: (\S+)/g;
/** Any other one of a package. The message above may name the package alone. */
const UNRESOLVED = /You can mark the path "([^"\s]+)" as external/g;
/** A file, of which the message has only the URL that would be its own. */
const NO_FILE =
  /\[ERR_MODULE_NOT_FOUND\] Cannot find module '(file:[^'\n]+)' imported from '(file:[^'\n]+)'/g;
/** A file that a package keeps to itself. */
const NO_EXPORT =
  /\[ERR_PACKAGE_PATH_NOT_EXPORTED\] Package subpath '\.(\/[^'\n]+)' is not defined by "exports" in '([^'\n]+)'/g;

/** The specifiers that the bundler complains of because they lead to nothing. */
export async function findAbsent(complaints: string): Promise<string[]> {
  const found = new Set<string>();
  for (const pattern of [UNCONVERTED, UNRESOLVED]) {
    for (const [, name] of complaints.matchAll(pattern)) found.add(name!);
  }
  for (const [, subpath, description] of complaints.matchAll(NO_EXPORT)) {
    const name = packageOf(description!);
    if (name !== undefined) found.add(name + subpath);
  }
  for (const [, url, importer] of complaints.matchAll(NO_FILE)) {
    for (const specifier of await specifiersOf(url!, importer!)) {
      found.add(specifier);
    }
  }
  return [...found];
}

/** How a file names another one. */
async function specifiersOf(url: string, importer: string): Promise<string[]> {
  let text: string;
  try {
    text = await Deno.readTextFile(fileURLToPath(importer));
  } catch {
    return [];
  }
  return [...text.matchAll(/(["'`])(\.{1,2}\/[^"'`\n]*)\1/g)]
    .map(([, , specifier]) => specifier!)
    .filter((specifier) => new URL(specifier, importer).href === url);
}

/**
 * The bundler can be told of a specifier only as such, and not in which file it leads to nothing.
 *
 * @param absent The specifiers that lead to nothing in one file.
 * @param maps The source maps of what was bundled.
 * @returns One that leads to something in another file, if there is such a one.
 */
export async function findPresent(
  absent: Iterable<string>,
  maps: RawSourceMap[],
): Promise<string | undefined> {
  for (const specifier of absent) {
    const ending = /^["'`/]/;
    for (const { sources, sourcesContent } of maps) {
      for (const [i, path] of sources.entries()) {
        const text = sourcesContent[i];
        if (path === null || !text?.includes(specifier)) continue;
        const isNamed = ['"', "'", "`"].some((quote) => {
          const at = text.indexOf(quote + specifier);
          return at >= 0 && ending.test(text.slice(at + 1 + specifier.length));
        });
        if (isNamed && await isThere(specifier, path)) {
          return `"${specifier}" in ${path}`;
        }
      }
    }
  }
  return undefined;
}

async function isThere(specifier: string, path: string): Promise<boolean> {
  if (specifier.startsWith(".")) {
    const file = fileURLToPath(
      new URL(specifier, pathToFileURL(path).href).href,
    );
    return await anyExists(
      ["", ".js", ".cjs", ".json", "/index.js"].map((end) => file + end),
      (info) => info.isFile,
    );
  }
  const folders: string[] = [];
  for (let folder = path; folder !== "";) {
    folder = folder.replace(/\/[^/]*$/, "");
    folders.push(`${folder}/node_modules/${specifier}`);
  }
  return await anyExists(folders, () => true);
}

async function anyExists(
  paths: string[],
  isMeant: (info: Deno.FileInfo) => boolean,
): Promise<boolean> {
  const infos = await Promise.all(
    paths.map((path) => Deno.stat(path).catch(() => undefined)),
  );
  return infos.some((info) => info !== undefined && isMeant(info));
}

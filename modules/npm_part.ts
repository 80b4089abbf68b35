// A part of a bundle made ready for another machine: what it knows of the files it came from is
// written into it, and what it cannot have there says so.

import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { ADDON_LOADERS, type BundledPart } from "./npm_bundle.ts";
import { findJsonReads, type JsonRead } from "./npm_json.ts";
import { packageOf } from "./program.ts";
import type { ModulePlace } from "../wire/messages.ts";

/** A part that can be served. */
export interface Part {
  /** Its file name. */
  name: string;
  /** Its source. */
  source: string;
  /** Where its imports are. The targets are the names of other parts. */
  places: ModulePlace[];
  /** The parts that it imports statically. */
  imports: string[];
  /** The files whose content it has beside its code. */
  files: string[];
}

/** How the bundler says which file the code after it came from: ES module, or CommonJS. */
const HEADER = /^(?:\/\/ (\S.*)| {2}"((?:[^"\\]|\\.)+)"\([^)]*\) \{)$/gm;
const DIRECTIVE = /\n\s*["']use strict["'];/y;
const REQUIRE = /\b__require\d*\("((?:[^"\\]|\\.)+)"\)/g;

interface Edit {
  start: number;
  end: number;
  text: string;
}

/**
 * Makes a part ready.
 *
 * @param part The part as it was bundled.
 * @param cwd The folder that the bundler worked in.
 */
export async function toPart(part: BundledPart, cwd: string): Promise<Part> {
  const { name, source } = part;
  const [{ findImports }, { builtinModules }] = await Promise.all([
    import("./lexer.ts"),
    import("node:module"),
  ]);
  const found = findImports(source, name);
  const files = fileHeaders(part, cwd);
  const reads = await jsonReads(source, files);
  const edits: Edit[] = [
    ...reads,
    ...pathEdits(source, files),
    ...addonEdits(source, files),
    ...absentEdits(source),
  ];
  const places: ModulePlace[] = [];
  const imports: string[] = [];
  for (const one of found) {
    if (reads.some(({ start, end }) => one.start >= start && one.end <= end)) {
      continue;
    }
    if (one.kind === "meta") {
      const property = /\.(url|dirname|filename)\b/y;
      property.lastIndex = one.end;
      const which = property.exec(source)?.[1];
      if (which === undefined) places.push([one.start, one.end, "meta"]);
      else {
        const path = fileAt(files, one.start)?.path ?? "/tongs.js";
        edits.push({
          start: one.start,
          end: property.lastIndex,
          text: JSON.stringify(
            which === "url"
              ? pathToFileURL(path).href
              : which === "filename"
              ? path
              : path.replace(/\/[^/]*$/, ""),
          ),
        });
      }
    } else if (one.kind === "dynamic") {
      places.push([one.start, one.end, "dynamic"]);
    } else if (one.specifier.startsWith("./")) {
      const target = one.specifier.slice(2);
      imports.push(target);
      places.push([one.start, one.end, "import", target]);
    } else if (builtinModules.includes(one.specifier)) {
      edits.push({
        start: one.start,
        end: one.end,
        text: JSON.stringify(`node:${one.specifier}`),
      });
    }
  }
  return {
    name,
    imports,
    ...apply(source, edits, places),
    files: reads.map(({ path }) => path),
  };
}

interface FileHeader {
  path: string;
  isCommonJs: boolean;
  start: number;
  end: number;
}

/** Where the code of each file begins, from first to last. */
function fileHeaders({ source, map }: BundledPart, cwd: string): FileHeader[] {
  const known = new Set(map.sources);
  const headers: FileHeader[] = [];
  for (const match of source.matchAll(HEADER)) {
    const relative = match[1] ?? JSON.parse(`"${match[2]}"`);
    const path = resolve(cwd, relative);
    // Anything may look like a header within a text.
    if (!known.has(path)) continue;
    headers.push({
      path,
      isCommonJs: match[1] === undefined,
      start: match.index,
      end: match.index + match[0].length,
    });
  }
  return headers;
}

function fileAt(files: FileHeader[], index: number): FileHeader | undefined {
  return files.findLast(({ start }) => start < index);
}

/** What packages read of their own JSON. */
async function jsonReads(
  source: string,
  files: FileHeader[],
): Promise<JsonRead[]> {
  const reads = await Promise.all(files.map(async ({ path, end }, i) => {
    const code = source.slice(end, files[i + 1]?.start);
    return (await findJsonReads(code, path)).map((read) => ({
      ...read,
      start: read.start + end,
      end: read.end + end,
    }));
  }));
  return reads.flat();
}

/** CommonJS code knows its file and folder by name. */
function pathEdits(source: string, files: FileHeader[]): Edit[] {
  return files.flatMap(({ path, isCommonJs, end }, i) => {
    const code = source.slice(end, files[i + 1]?.start);
    if (!isCommonJs || !/\b__(filename|dirname)\b/.test(code)) return [];
    DIRECTIVE.lastIndex = end;
    const start = DIRECTIVE.test(source) ? DIRECTIVE.lastIndex : end;
    const folder = path.replace(/\/[^/]*$/, "");
    return [{
      start,
      end: start,
      text: ` var __filename = ${JSON.stringify(path)}, __dirname = ${
        JSON.stringify(folder)
      };`,
    }];
  });
}

/** Packages may do without their addon, so that it is missed only where it is loaded. */
function addonEdits(source: string, files: FileHeader[]): Edit[] {
  return [...source.matchAll(REQUIRE)].flatMap((match) => {
    const specifier: string = JSON.parse(`"${match[1]}"`);
    const isLoader = ADDON_LOADERS.some((name) =>
      specifier === name || specifier.startsWith(`${name}/`)
    );
    if (!isLoader && !specifier.endsWith(".node")) return [];
    const path = fileAt(files, match.index)?.path ?? specifier;
    const error = `Cannot load the npm package "${
      packageOf(path) ?? path
    }" on another machine: it needs a native addon (${specifier}), and only JavaScript can be sent`;
    return [{
      start: match.index,
      end: match.index + match[0].length,
      text: throwing(error, "ERR_DLOPEN_FAILED"),
    }];
  });
}

/** A file that is not there; on another machine the same path may lead to something. */
function absentEdits(source: string): Edit[] {
  return [...source.matchAll(REQUIRE)].flatMap((match) => {
    const specifier: string = JSON.parse(`"${match[1]}"`);
    if (!/^\.{0,2}\//.test(specifier) || specifier.endsWith(".node")) return [];
    return [{
      start: match.index,
      end: match.index + match[0].length,
      text: throwing(`Cannot find module '${specifier}'`, "MODULE_NOT_FOUND"),
    }];
  });
}

function throwing(message: string, code: string): string {
  return `(() => { throw Object.assign(new Error(${
    JSON.stringify(message)
  }), { code: ${JSON.stringify(code)} }); })()`;
}

/** Makes the edits, and moves the places along. */
function apply(
  source: string,
  edits: Edit[],
  places: ModulePlace[],
): { source: string; places: ModulePlace[] } {
  edits.sort((a, b) => a.start - b.start);
  let result = "";
  let done = 0;
  let next = 0;
  const moved: ModulePlace[] = [];
  function editUpTo(index: number): void {
    for (; next < edits.length && edits[next]!.start <= index; next++) {
      const { start, end, text } = edits[next]!;
      result += source.slice(done, start) + text;
      done = end;
    }
  }
  for (const place of places) {
    editUpTo(place[0]);
    const shift = result.length - done;
    const at = [...place] as ModulePlace;
    at[0] += shift;
    at[1] += shift;
    moved.push(at);
  }
  editUpTo(source.length);
  return { source: result + source.slice(done), places: moved };
}

// The function that a command line names, found without running its module here.

import { exportNames } from "../modules/graph.ts";
import { exported } from "../functions/reference.ts";
import type { AnyFunction } from "../functions/types.ts";
import { isCode, toJavaScript } from "../modules/transform.ts";
import { toFileUrl } from "./file_url.ts";
import { UsageError } from "./usage_error.ts";

const NAME = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;
const STAR = /^\s*export\s*\*\s*from\b/m;

/**
 * A stand-in for the function that a text such as `facts.ts#summary` names.
 *
 * @throws {UsageError} If there is no such file or function.
 */
export async function findFunction(text: string): Promise<AnyFunction> {
  const { path, name } = split(text);
  const url = toFileUrl(path);
  const { names, hasMore, isFunction } = await readExports(url, path);
  const known = names.length === 0
    ? `"${path}" exports nothing`
    : `"${path}" exports ${names.join(", ")}`;
  if (name !== undefined) {
    if (!names.includes(name) && !hasMore) {
      throw new UsageError(`Cannot find the function "${name}"`, known);
    }
    return exported(url, name);
  }
  const functions = names.filter(isFunction);
  const only = names.includes("default") ? "default" : functions[0];
  if (only === undefined || (only !== "default" && functions.length > 1)) {
    throw new UsageError(
      `Cannot tell which function of "${path}" to call`,
      functions.length > 1
        ? `name one, as in ${path}#${only}; ${known}`
        : known,
    );
  }
  return exported(url, only);
}

/** A file's own name may have a `#` as well. */
function split(text: string): { path: string; name?: string } {
  const at = text.lastIndexOf("#");
  const name = text.slice(at + 1);
  if (at <= 0) return { path: text };
  if (!NAME.test(name)) {
    if (!isCode(text)) {
      throw new UsageError(
        `Cannot find the function "${name}": this is no name of a function`,
      );
    }
    return { path: text };
  }
  return { path: text.slice(0, at), name };
}

interface Exports {
  names: string[];
  /** Whether it hands on exports of other modules, whose names are not known here. */
  hasMore: boolean;
  isFunction: (name: string) => boolean;
}

async function readExports(url: string, path: string): Promise<Exports> {
  try {
    const bytes = await Deno.readFile(new URL(url));
    const names = await exportNames(url);
    const { source } = await toJavaScript(url, bytes, undefined);
    return {
      names,
      hasMore: STAR.test(source),
      isFunction: (name) => looksLikeFunction(source, name),
    };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new UsageError(
        `Cannot find the file "${path}"`,
        "name a module and a function of it, as in facts.ts#summary",
      );
    }
    throw new UsageError((error as Error).message);
  }
}

/** Whether a module's source declares a name as a function. */
function looksLikeFunction(source: string, name: string): boolean {
  const word = RegExp.escape(name);
  return new RegExp(
    `\\bfunction\\b\\s*\\*?\\s*${word}(?![\\w$])|` +
      `\\b(const|let|var)\\s+${word}\\s*=\\s*(async\\b\\s*)?(\\(|function\\b|[\\w$]+\\s*=>)`,
  ).test(source);
}

// Naming functions: a built-in by its way from the global object, an export by module and name.

import { realmGlobals } from "../agent/realm_globals.ts";
import type { ModuleSource } from "../modules/module_source.ts";
import { toForwarded } from "../modules/urls.ts";
import { builtinName, globalName, nodeName } from "./builtins.ts";
import {
  type FunctionDetails,
  inspectFunction,
  scriptUrl,
} from "./inspector.ts";
import { scriptById } from "./script.ts";
import type { AnyFunction, NamedFunction } from "./types.ts";

const realm = realmGlobals();
const references = new WeakMap<AnyFunction, NamedFunction>();

/**
 * Names an exported function without importing its module here.
 *
 * @example Calling a function of a module that only makes sense elsewhere
 * ```ts
 * import { exported, Local } from "tongs";
 * import { assertEquals } from "@std/assert";
 *
 * await using here = new Local();
 * const hostname = exported<() => string>(import.meta.resolve("tongs/facts"), "hostname");
 * assertEquals(await here.call(hostname), Deno.hostname());
 * ```
 *
 * @typeParam F The type of the function.
 * @param url The URL of the module.
 * @param name The name of the export.
 * @returns A stand-in to pass to `call`; calling it here throws.
 */
export function exported<F extends AnyFunction>(
  url: string | URL,
  name: string,
): F {
  const module = new URL(url).href;
  function standIn(): never {
    throw new TypeError(
      `Cannot call "${name}" of "${module}" here: pass it to a tunnel`,
    );
  }
  references.set(standIn, exportOf(module, name));
  return standIn as unknown as F;
}

/** The name of a function that is known already, or is found at once. */
export function knownReference(fn: AnyFunction): NamedFunction | undefined {
  const known = references.get(fn);
  if (known !== undefined) return known;
  const importer = realm?.modules.referrerOf(fn);
  if (importer !== undefined) {
    return remember(fn, { name: { importer }, modules: [] });
  }
  const builtin = builtinName(fn);
  if (builtin === undefined) return undefined;
  return remember(fn, { name: { builtin }, modules: [] });
}

/**
 * The name of a function of the runtime.
 *
 * @param fn The function.
 * @param details What is known of it: nothing if it is native.
 * @throws {TypeError} If it is one, and has no name.
 */
export function runtimeReference(
  fn: AnyFunction,
  details: FunctionDetails | undefined,
): NamedFunction | undefined {
  // What the program makes of text has no scope but the global ones, and no URL to look up.
  if (
    details !== undefined &&
    (details.scopes.every(({ kind }) => kind === "Script") ||
      !/^(ext|node):/.test(scriptUrl(details.scriptId)))
  ) return undefined;
  const builtin = globalName(fn);
  const name = builtin === undefined ? nodeName(fn) : { builtin };
  if (name !== undefined) return remember(fn, { name, modules: [] });
  throw new TypeError(
    `Cannot send the function "${fn.name || "(anonymous)"}": ` +
      `it belongs to the runtime and is not a known built-in`,
  );
}

/** The name of a function that its module exports, unless the module is a program. */
export function exportReference(
  fn: AnyFunction,
  { scriptId, scopes }: FunctionDetails,
): NamedFunction | undefined {
  const scope = scopes.find(({ kind }) => kind === "Module");
  if (scope === undefined) return undefined;
  const url = moduleUrl(scriptId);
  if (!canBeImported(url)) return undefined;
  for (const [local, name] of scriptById(scriptId).exports) {
    if (holds(scope.variables, local, fn)) {
      return remember(fn, exportOf(url, name));
    }
  }
  return undefined;
}

/**
 * The name of a function that its module exports, found by importing that module, which costs
 * less than reading it; nothing if it has to go by value.
 */
export async function findReference(
  fn: AnyFunction,
  graph: ModuleSource,
): Promise<NamedFunction | undefined> {
  const details = inspectFunction(fn);
  if (details === undefined) return undefined;
  const known = runtimeReference(fn, details);
  if (known !== undefined) return known;
  const url = moduleUrl(details.scriptId);
  if (!canBeImported(url) || details.scopes.at(-1)?.kind !== "Module") {
    return undefined;
  }
  const packaged = await packageReference(fn, url, graph);
  if (packaged !== undefined) return packaged;
  // Importing a module that imports the main module would wait for the main module, which may be
  // waiting for this very call; and the far side would run the main module once more.
  const closure = await graph.closure(url);
  if (closure.some((module) => isMainModule(module.url))) return undefined;
  const namespace: Record<string, unknown> = realm === undefined
    ? await import(url)
    : await realm.import(url, url);
  const name = Object.keys(namespace).find((key) => namespace[key] === fn);
  return name === undefined ? undefined : remember(fn, exportOf(url, name));
}

/** The name of a function of an npm package: packages are bundled, and not sent file by file. */
async function packageReference(
  fn: AnyFunction,
  url: string,
  graph: ModuleSource,
): Promise<NamedFunction | undefined> {
  for (const { specifier, key } of await graph.packageImports(url)) {
    const namespace: Record<string, unknown> = await import(specifier);
    const name = Object.keys(namespace).find((name) =>
      namespace[name] === fn && name !== "module.exports"
    );
    if (name !== undefined) return remember(fn, exportOf(await key(), name));
  }
  return undefined;
}

/**
 * Whether a module is the program itself: what it does at its top level is not to happen on the far
 * side, so that its functions go by value. It is asked each time, as `tongs run` makes a script the
 * program.
 */
export function isMainModule(url: string): boolean {
  return url === Deno.mainModule;
}

/** Whether a function may be an export of a module, as far as can be told without a look at that. */
export function mayBeExported({ scriptId, scopes }: FunctionDetails): boolean {
  return scopes.length > 0 && scopes.every(({ kind }) => kind === "Module") &&
    canBeImported(moduleUrl(scriptId));
}

function canBeImported(url: string): boolean {
  return /^(file:|https?:|tongs:\/\/\/(?!!code))/.test(url) &&
    !isMainModule(url);
}

/** The URL of a module; forwarded ones have another one to the engine. */
function moduleUrl(scriptId: string): string {
  const url = scriptUrl(scriptId);
  return realm?.modules.urlOf(url) ?? url;
}

function exportOf(url: string, name: string): NamedFunction {
  return { name: { module: toForwarded(url), name }, modules: [url] };
}

function remember(
  fn: AnyFunction,
  reference: NamedFunction,
): NamedFunction {
  references.set(fn, reference);
  return reference;
}

function holds(
  variables: Record<string, unknown>,
  name: string,
  fn: AnyFunction,
): boolean {
  try {
    return variables[name] === fn;
  } catch {
    return false; // It has no value yet.
  }
}

// Naming functions: a built-in by its way from the global object, an export by module and name.

import type { FunctionName } from "../wire/messages.ts";
import { builtinName, nodeName } from "./builtins.ts";
import type { ModuleGraph } from "../modules/graph.ts";
import { locate } from "./inspector.ts";
import { toForwarded } from "../modules/urls.ts";

/** Any function at all. */
// deno-lint-ignore no-explicit-any
export type AnyFunction = (...args: any[]) => unknown;

/** A function that can be called elsewhere. */
export interface FunctionReference {
  /** Its name on the wire. */
  name: FunctionName;
  /** The module that has to be there, if it is not built in. */
  module?: string;
}

const references = new WeakMap<AnyFunction, FunctionReference>();
const pending = new WeakMap<AnyFunction, Promise<FunctionReference>>();

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
  references.set(standIn, {
    name: { module: toForwarded(module), name },
    module,
  });
  return standIn as unknown as F;
}

/** The name of a function that is known already, or is found at once. */
export function knownReference(fn: AnyFunction): FunctionReference | undefined {
  const known = references.get(fn);
  if (known !== undefined) return known;
  const builtin = builtinName(fn);
  if (builtin === undefined) return undefined;
  const found = { name: { builtin } };
  references.set(fn, found);
  return found;
}

/**
 * The name of a function for which {@linkcode knownReference} has none.
 *
 * @throws {TypeError} If it has no name that means anything elsewhere.
 */
export function reference(
  fn: AnyFunction,
  graph: ModuleGraph,
): Promise<FunctionReference> {
  let found = pending.get(fn);
  if (found === undefined) {
    found = locatedReference(fn, graph);
    // Many calls may begin before the first has found out.
    pending.set(fn, found);
    found.then((reference) => references.set(fn, reference), () => {})
      .finally(() => pending.delete(fn));
  }
  return found;
}

async function locatedReference(
  fn: AnyFunction,
  graph: ModuleGraph,
): Promise<FunctionReference> {
  const name = fn.name || "(anonymous)";
  const location = await locate(fn);
  if (location === undefined) {
    throw new TypeError(
      `Cannot send the function "${name}": it is native or bound, and is not a known built-in`,
    );
  }
  const { url, line } = location;
  if (url.startsWith("ext:") || url.startsWith("node:")) {
    const found = await nodeName(fn);
    if (found !== undefined) return { name: found };
    throw new TypeError(
      `Cannot send the function "${name}": it belongs to the runtime and is not a known built-in`,
    );
  }
  const place = `the function "${name}" (${url}:${line})`;
  if (url === Deno.mainModule) {
    throw new TypeError(
      `Cannot send ${place}: functions of the main module cannot be sent yet; ` +
        `move it to a module of its own and export it there`,
    );
  }
  if (!url.startsWith("file:")) {
    throw new TypeError(
      `Cannot send ${place}: only functions of modules that are files can be sent yet`,
    );
  }
  // Importing a module that imports the main module would wait for the main module, which may be
  // waiting for this very call; and the far side would run the main module once more.
  const closure = await graph.closure(url);
  if (closure.some((module) => module.url === Deno.mainModule)) {
    throw new TypeError(
      `Cannot send ${place}: its module imports the main module "${Deno.mainModule}"; ` +
        `move what it needs from there to a module of its own`,
    );
  }
  const namespace: Record<string, unknown> = await import(url);
  const key = Object.keys(namespace).find((key) => namespace[key] === fn);
  if (key === undefined) {
    throw new TypeError(
      `Cannot send ${place}: its module does not export it, and closures cannot be sent yet; ` +
        `export it`,
    );
  }
  return { name: { module: toForwarded(url), name: key }, module: url };
}

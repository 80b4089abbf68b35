// Built-in functions by name: those of the global object at once, those of `node:` modules only
// for functions that are known to come from one.

import type { AnyFunction } from "./types.ts";

const NAMESPACES = [
  "Math",
  "JSON",
  "Object",
  "Array",
  "Number",
  "String",
  "Date",
  "Reflect",
];

const GLOBALS = [
  "structuredClone",
  "fetch",
  "atob",
  "btoa",
  "parseInt",
  "parseFloat",
  "isNaN",
  "isFinite",
  "encodeURIComponent",
  "decodeURIComponent",
  "encodeURI",
  "decodeURI",
];

const NODE_MODULES = [
  "os",
  "path",
  "fs",
  "fs/promises",
  "child_process",
  "util",
  "crypto",
  "dns",
  "dns/promises",
  "url",
  "querystring",
  "zlib",
  "timers/promises",
  "process",
  "net",
  "perf_hooks",
  "v8",
];

let names: Map<unknown, string> | undefined;

/** The way from the global object to a function, such as `"Deno.hostname"`. */
export function builtinName(fn: AnyFunction): string | undefined {
  return (names ??= listBuiltins()).get(fn);
}

/** The `node:` module and the name of a function of it. */
export function nodeName(
  fn: AnyFunction,
): { module: string; name: string } | undefined {
  const { process } = globalThis as unknown as {
    process: { getBuiltinModule(name: string): Record<string, unknown> };
  };
  for (const module of NODE_MODULES) {
    // Whoever holds one has loaded its module, so that this costs nothing; the others come after
    // it only if it is not listed early.
    const namespace = process.getBuiltinModule(`node:${module}`);
    for (const name of Object.keys(namespace)) {
      if (namespace[name] === fn) return { module: `node:${module}`, name };
    }
  }
  return undefined;
}

/** The name of a function or class that is a global variable of the runtime. */
export function globalName(fn: AnyFunction): string | undefined {
  const found = Object.entries(Object.getOwnPropertyDescriptors(globalThis))
    .find(([_name, { value }]) => value === fn);
  return found?.[0];
}

function listBuiltins(): Map<unknown, string> {
  const found = new Map<unknown, string>();
  function add(owner: object, name: string, prefix: string): void {
    // Getters stay untouched: merely reading some of them loads code.
    const value = Object.getOwnPropertyDescriptor(owner, name)?.value;
    if (typeof value === "function" && !found.has(value)) {
      found.set(value, prefix + name);
    }
  }
  for (const name of Object.getOwnPropertyNames(Deno)) add(Deno, name, "Deno.");
  for (const name of Object.keys(Deno.env)) add(Deno.env, name, "Deno.env.");
  for (const namespace of NAMESPACES) {
    const owner = (globalThis as Record<string, unknown>)[namespace] as object;
    for (const name of Object.getOwnPropertyNames(owner)) {
      add(owner, name, `${namespace}.`);
    }
  }
  add(Object.getPrototypeOf(crypto), "randomUUID", "crypto.");
  add(Object.getPrototypeOf(performance), "now", "performance.");
  for (const name of Object.getOwnPropertyNames(console)) {
    add(console, name, "console.");
  }
  for (const name of GLOBALS) add(globalThis, name, "");
  return found;
}

// Built-in functions and objects by name: those that are called most at once, the others, such as
// methods and those of `node:` modules, only for what is known to belong to the runtime.

import { builtinModule } from "./builtin_module.ts";
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
  "events",
  "assert",
  "buffer",
  "stream",
  "stream/promises",
  "timers",
  "readline",
  "http",
  "https",
  "string_decoder",
  "path/posix",
  "path/win32",
];

/** Objects that are what they are on either side, and not what they hold. */
const OBJECTS = [
  "globalThis",
  "console",
  "Deno",
  "Deno.env",
  "Deno.stdin",
  "Deno.stdout",
  "Deno.stderr",
  "Deno.permissions",
  "performance",
  "crypto",
  "crypto.subtle",
  "navigator",
  "process",
  "Math",
  "JSON",
  "Reflect",
  "Atomics",
  "Intl",
  "WebAssembly",
  "Temporal",
];

let names: Map<unknown, string> | undefined;
let methods: Map<unknown, string> | undefined;
let objects: Map<unknown, string> | undefined;

/** The way from the global object to a function, such as `"Deno.hostname"`. */
export function builtinName(fn: AnyFunction): string | undefined {
  return (names ??= listBuiltins()).get(fn);
}

/** The `node:` module and the name of a function of it. */
export function nodeName(
  fn: AnyFunction,
): { module: string; name: string } | undefined {
  for (const module of NODE_MODULES) {
    // Whoever holds one has loaded its module, so that this costs nothing; the others come after
    // it only if it is not listed early.
    const namespace = builtinModule<Record<string, unknown>>(`node:${module}`);
    if (namespace as unknown === fn) {
      return { module: `node:${module}`, name: "default" };
    }
    for (const name of Object.keys(namespace)) {
      if (namespace[name] === fn) return { module: `node:${module}`, name };
    }
  }
  return undefined;
}

/** The `node:` module that this object is, which is known to have functions of one. */
export function nodeModule(value: object): string | undefined {
  return NODE_MODULES.map((name) => `node:${name}` as const)
    .find((module) => builtinModule(module) === value);
}

/** The way from the global object to a function or class of the runtime. */
export function globalName(fn: AnyFunction): string | undefined {
  const { name } = fn;
  // Some are getters that load code; this asks none but the one in question.
  if ((globalThis as Record<string, unknown>)[name] === fn) return name;
  return (methods ??= listMethods()).get(fn);
}

/** The way from the global object to an object of the runtime. */
export function objectName(value: object): string | undefined {
  // Looking must not load what nobody has loaded: what is not loaded is not this.
  objects ??= new Map(
    OBJECTS.map((name) => [
      name.split(".").reduce(
        (owner, key) => (owner as Record<string, unknown>)[key],
        globalThis as unknown,
      ),
      name,
    ]),
  );
  return objects.get(value);
}

function listMethods(): Map<unknown, string> {
  const found = new Map<unknown, string>();
  function add(owner: object, path: string): void {
    for (
      const [name, { value }] of Object.entries(
        Object.getOwnPropertyDescriptors(owner),
      )
    ) {
      if (typeof value === "function" && !found.has(value)) {
        found.set(value, path + name);
      }
    }
  }
  add(globalThis, "");
  for (const [fn, name] of [...found]) {
    const { prototype } = fn as { prototype?: unknown };
    if (prototype === undefined) continue;
    add(fn as object, `${name}.`);
    if (Object(prototype) === prototype) {
      add(prototype as object, `${name}.prototype.`);
    }
  }
  return found;
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

// Built-in functions by name: those of the global object at once, those of `node:` modules only
// for functions that are known to come from one.

// deno-lint-ignore no-explicit-any
type AnyFunction = (...args: any[]) => unknown;

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

/**
 * The `node:` module and the name of a function of it. Whoever holds one has imported its module,
 * so that importing it here costs nothing; the others are tried after it only if it is not listed
 * early.
 */
export async function nodeName(
  fn: AnyFunction,
): Promise<{ module: string; name: string } | undefined> {
  for (const module of NODE_MODULES) {
    const namespace: Record<string, unknown> = await import(`node:${module}`);
    for (const name of Object.keys(namespace)) {
      if (namespace[name] === fn) return { module: `node:${module}`, name };
    }
  }
  return undefined;
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

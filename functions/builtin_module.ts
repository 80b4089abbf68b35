// Modules of `node:` when they are needed, and at once: importing one would have to wait, and a call
// must not. Deno loads them at the first use, which costs 15 to 35 ms.

/** A module of `node:`. */
export function builtinModule<T>(name: `node:${string}`): T {
  const { process } = globalThis as unknown as {
    process: { getBuiltinModule(name: string): T };
  };
  return process.getBuiltinModule(name);
}

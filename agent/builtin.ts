// Built-in functions, which are the same on both sides, by name.

type AnyFunction = (...args: unknown[]) => unknown;

/**
 * The built-in function with this name.
 *
 * @param name Its way from the global object, such as `"Deno.hostname"`.
 */
export function builtin(name: string): AnyFunction | undefined {
  let owner: unknown;
  let value: unknown = globalThis;
  for (const key of name.split(".")) {
    owner = value;
    if (owner === undefined || owner === null) return undefined;
    value = (owner as Record<string, unknown>)[key];
  }
  if (typeof value !== "function") return undefined;
  // Some, such as `crypto.randomUUID`, work as methods of their owner only; a class does not.
  return Object.hasOwn(value, "prototype")
    ? value as AnyFunction
    : value.bind(owner);
}

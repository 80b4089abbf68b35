// Built-in functions, which are the same on both sides, by name.

type AnyFunction = (...args: unknown[]) => unknown;

/**
 * The built-in function with this name.
 *
 * @param name Its way from the global object, such as `"Deno.hostname"`.
 */
export function builtin(name: string): AnyFunction | undefined {
  const { owner, value } = find(name);
  if (typeof value !== "function") return undefined;
  // Some, such as `crypto.randomUUID`, work as methods of their owner only; a class does not.
  return Object.hasOwn(value, "prototype")
    ? value as AnyFunction
    : value.bind(owner);
}

/** What is there under such a name. */
export function find(name: string): { owner: unknown; value: unknown } {
  let owner: unknown;
  let value: unknown = globalThis;
  for (const key of name.split(".")) {
    owner = value;
    value = (owner as Record<string, unknown> | null | undefined)?.[key];
  }
  return { owner, value };
}

// Anything can be thrown, and what takes it wants an error.

/** What was thrown, as an error. It never throws itself. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error
    ? thrown
    : new Error(textOf(thrown), { cause: thrown });
}

/** The same, with texts cut to a length, as it must fit somewhere. */
export function briefError(thrown: unknown, length: number): Error {
  const { name, message, stack = "" } = toError(thrown);
  const error = new Error(String(message).slice(0, length));
  error.name = String(name).slice(0, length);
  error.stack = String(stack).slice(0, length);
  return error;
}

function textOf(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    // It has no prototype, or what it says of itself throws.
    return Object.prototype.toString.call(thrown);
  }
}

// Anything can be thrown, and what takes it wants an error.

/** What was thrown, as an error. It never throws itself. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error
    ? thrown
    : new Error(textOf(thrown), { cause: thrown });
}

function textOf(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    // It has no prototype, or what it says of itself throws.
    return Object.prototype.toString.call(thrown);
  }
}

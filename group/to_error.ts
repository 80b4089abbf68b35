// Outcomes hold errors, and anything can be thrown.

/** What was thrown, as an error. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error
    ? thrown
    : new Error(String(thrown), { cause: thrown });
}

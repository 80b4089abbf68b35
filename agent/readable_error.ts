// Errors of user code, as a person wants to read them.

/** See `load` in `boot.ts`. */
const AGENT_FRAME = /^ +at .*(tongs:agent|AsyncLocalStorage\.run )/;

/** A stack without the frames of the agent itself. */
function ownFrames(stack: string): string {
  return stack.split("\n").filter((line) => !AGENT_FRAME.test(line)).join("\n");
}

/**
 * Puts the addresses of forwarded modules into the stacks of an error and of all that it holds.
 *
 * @param error What was thrown.
 * @param translate Puts the addresses into a text.
 */
export function makeReadable(
  error: unknown,
  translate: (text: string) => string,
): void {
  const errors = new Set([error]);
  for (const found of errors) {
    if (!Error.isError(found)) continue;
    const original = found as Error & { errors?: unknown };
    try {
      original.stack = ownFrames(translate(String(original.stack)));
      original.message = translate(String(original.message));
    } catch {
      // It is frozen.
    }
    errors.add(original.cause);
    for (const inner of [original.errors].flat()) errors.add(inner);
  }
}

// How something ended on a host, and how long it took.

import type { Outcome } from "../tunnels/host_set.ts";
import { toError } from "../wire/to_error.ts";

/** What becomes of work that begins now. Never rejects. */
export async function outcomeOf<T>(
  work: () => T | PromiseLike<T>,
): Promise<Outcome<T>> {
  const start = performance.now();
  try {
    const value = await work();
    return { ok: true, value, ms: performance.now() - start };
  } catch (thrown) {
    const ms = performance.now() - start;
    return { ok: false, error: toError(thrown), ms };
  }
}

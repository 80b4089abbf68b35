// Streams of many hosts as one.

import type { Outcome } from "../tunnels/host_set.ts";
import { type Source, sourceOf } from "../wire/items.ts";
import { toError } from "../wire/to_error.ts";

/** One of several streams while they are merged. */
interface Merged<K> {
  key: K;
  source: Source;
  start: number;
}

/**
 * Streams as one, in the order in which their values come. Of each stream, one value is read ahead.
 * The end of a stream is not seen in it; an error of a stream is the last that comes of it, and the
 * others go on.
 *
 * @example Two streams, one of which fails
 * ```ts
 * import { mergeStreams } from "tongs";
 * import { assertEquals } from "@std/assert";
 *
 * async function* failing() {
 *   yield 1;
 *   throw new Error("no more");
 * }
 * const merged = mergeStreams([["a", ReadableStream.from([7])], ["b", failing()]]);
 * const all = await Array.fromAsync(merged, ([key, outcome]) =>
 *   [key, outcome.ok ? outcome.value : outcome.error.message]);
 * assertEquals(all.toSorted(), [["a", 7], ["b", 1], ["b", "no more"]]);
 * ```
 *
 * @typeParam K The type of the keys.
 * @typeParam T The type of the values.
 * @param streams The streams, or anything else to iterate over asynchronously, such as channels,
 * each with a key.
 * @returns Each key with what came of its stream. Cancelling it ends them all.
 */
export function mergeStreams<K, T>(
  streams: Iterable<readonly [key: K, stream: AsyncIterable<T>]>,
): ReadableStream<[key: K, outcome: Outcome<T>]> {
  const open = new Set<Merged<K>>();
  const ready: [Merged<K>, Outcome<T>][] = [];
  let change = Promise.withResolvers<void>();
  function advance(merged: Merged<K>): void {
    const { source, start } = merged;
    const came = (outcome?: Outcome<T>) => {
      if (outcome?.ok !== true) open.delete(merged);
      if (outcome !== undefined) ready.push([merged, outcome]);
      change.resolve();
      change = Promise.withResolvers();
    };
    const ms = () => performance.now() - start;
    Promise.try(() => source.next()).then(
      ({ done, value }) =>
        came(done ? undefined : { ok: true, value: value as T, ms: ms() }),
      (error) => came({ ok: false, error: toError(error), ms: ms() }),
    );
  }
  return new ReadableStream({
    start() {
      for (const [key, stream] of streams) {
        open.add({ key, source: sourceOf(stream), start: performance.now() });
      }
      for (const merged of [...open]) advance(merged);
    },
    async pull(controller) {
      while (ready.length === 0) {
        if (open.size === 0) return controller.close();
        await change.promise;
      }
      const [merged, outcome] = ready.shift()!;
      controller.enqueue([merged.key, outcome]);
      if (outcome.ok) advance(merged);
    },
    cancel(reason) {
      for (const { source } of open) {
        // Not waited for: a generator only ends after what it waits for itself.
        Promise.try(() => source.cancel(reason)).catch(() => {});
      }
    },
  }, { highWaterMark: 0 });
}

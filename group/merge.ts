// Streams of many hosts as one.

import type { Outcome } from "../tunnels/host_set.ts";
import { Channel } from "../wire/channel.ts";
import { type MaybePromise, sourceOf } from "../wire/items.ts";
import { toError } from "../wire/to_error.ts";

/** One of several streams while they are merged. */
interface Merged {
  /** Resolves when there is something to take, or fails when taking will. */
  look(): Promise<unknown>;
  /** Takes it. */
  take(): MaybePromise<IteratorResult<unknown, unknown>>;
  /** Takes no more. */
  leave(reason: unknown): unknown;
}

/** What is in a channel stays there until it is taken: someone else may be the next to receive. */
function mergedChannel(channel: Channel): Merged {
  const left = new AbortController();
  const values = channel[Symbol.asyncIterator]();
  return {
    look: () => channel.peek({ signal: left.signal }),
    take: () => values.next(),
    leave: () => left.abort(),
  };
}

function mergedStream(stream: AsyncIterable<unknown>): Merged {
  const source = sourceOf(stream);
  let next: Promise<IteratorResult<unknown, unknown>>;
  return {
    look: () => next = Promise.try(() => source.next()),
    take: () => next,
    leave: (reason) => source.cancel(reason),
  };
}

/**
 * Streams as one, in the order in which their values come. Of each stream, one value is read ahead;
 * of a channel none, so that whoever leaves can receive the rest later.
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
 * @returns Each key with what came of its stream. Cancelling it ends all streams, and closes no
 * channel.
 */
export function mergeStreams<K, T>(
  streams: Iterable<readonly [key: K, stream: AsyncIterable<T>]>,
): ReadableStream<[key: K, outcome: Outcome<T>]> {
  const open = new Map<Merged, K>();
  const ready: Merged[] = [];
  const start = performance.now();
  let change = Promise.withResolvers<void>();
  function look(merged: Merged): void {
    const came = () => {
      ready.push(merged);
      change.resolve();
      change = Promise.withResolvers();
    };
    merged.look().then(came, came);
  }
  return new ReadableStream({
    start() {
      for (const [key, stream] of streams) {
        const merged = Channel.isChannel(stream)
          ? mergedChannel(stream)
          : mergedStream(stream);
        open.set(merged, key);
      }
      for (const merged of open.keys()) look(merged);
    },
    async pull(controller) {
      while (open.size > 0) {
        while (ready.length === 0) await change.promise;
        const merged = ready.shift()!;
        const key = open.get(merged)!;
        const ms = performance.now() - start;
        try {
          const { done, value } = await merged.take();
          if (!done) {
            controller.enqueue([key, { ok: true, value: value as T, ms }]);
            return look(merged);
          }
          open.delete(merged);
        } catch (error) {
          open.delete(merged);
          controller.enqueue([key, { ok: false, error: toError(error), ms }]);
          return;
        }
      }
      controller.close();
    },
    cancel(reason) {
      for (const merged of open.keys()) {
        // Not waited for: a generator only ends after what it waits for itself.
        Promise.try(() => merged.leave(reason)).catch(() => {});
      }
    },
  }, { highWaterMark: 0 });
}

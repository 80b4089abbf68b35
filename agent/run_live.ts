// Calls whose result is not one value: what they yield goes into a stream, or they talk through a
// channel.

import { Channel } from "../wire/channel.ts";
import { pump, sourceOf } from "../wire/items.ts";
import type { Live } from "../wire/live.ts";
import type { Call } from "../wire/messages.ts";
import { type CallContext, runWith } from "./remote_context.ts";

/** Runs a function with arguments. */
export type Run = (
  fn: (...args: unknown[]) => unknown,
  args: unknown[],
  context: CallContext,
) => Promise<void>;

/**
 * Takes the streams of such a call, at once, as values may follow right behind it.
 *
 * @returns What runs its function.
 */
export function takeStreams(live: Live, call: Call): Run | undefined {
  if (call.into !== undefined) return runInto(live, call.into);
  if (call.channel !== undefined) return runWithChannel(live, call.channel);
  return undefined;
}

/** Sends what a function yields into a stream. */
function runInto(live: Live, into: number): Run {
  const sink = live.sink(live.adopt(into));
  return async (fn, args, context) => {
    // What it throws then concerns nobody, as with any call that was cancelled.
    const stop = () =>
      Promise.try(() => source!.cancel(context.signal.reason)).catch(() => {});
    let source: ReturnType<typeof sourceOf> | undefined;
    try {
      const values = await runWith(context, () => fn(...args));
      if (context.aborted) {
        if (isIterable(values)) await sourceOf(values).cancel();
        return;
      }
      if (!isIterable(values)) {
        const what = Deno.inspect(values, { depth: 0 }).slice(0, 100);
        throw new TypeError(
          `Cannot stream ${what}: a function for \`stream\` returns a stream, a generator, ` +
            "or something else to iterate over",
        );
      }
      source = sourceOf(values);
      context.signal.addEventListener("abort", stop);
      await runWith(context, () => pump(source!, sink));
    } catch (error) {
      await sink.abort(error);
      throw error;
    } finally {
      context.signal.removeEventListener("abort", stop);
    }
  };
}

/** Runs a function with a channel, which is closed when it is through. */
function runWithChannel(
  live: Live,
  [receive, send]: [receive: number, send: number],
): Run {
  const source = live.source(live.adopt(receive));
  const sink = live.sink(live.adopt(send));
  const channel = new Channel({ source, sink });
  return async (fn, args, context) => {
    // Not through the channel, which may have been sent elsewhere.
    const stop = () => {
      const { reason } = context.signal;
      sink.abort(reason);
      source.cancel(reason);
    };
    context.signal.addEventListener("abort", stop);
    try {
      await runWith(context, () => fn(channel, ...args));
      await sink.end();
      source.cancel();
    } catch (error) {
      await sink.abort(error);
      source.cancel(error);
      throw error;
    } finally {
      context.signal.removeEventListener("abort", stop);
    }
  };
}

function isIterable(
  value: unknown,
): value is ReadableStream | AsyncIterable<unknown> | Iterable<unknown> {
  return typeof value === "object" && value !== null &&
    (Symbol.asyncIterator in value || Symbol.iterator in value);
}

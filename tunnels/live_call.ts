// Calls for what they yield, and calls with a channel.

import type { AnyFunction } from "../functions/types.ts";
import { Channel } from "../wire/channel.ts";
import { readableOf } from "../wire/items.ts";
import { LateSink, LateSource } from "../wire/late.ts";
import { environmentOf, type OperationOptions, signalOf } from "./operation.ts";
import type { Place } from "./place.ts";
import { copyOf } from "./snapshot.ts";

/** Runs a function and gives what it yields. */
export function streamCall<T>(
  place: Place,
  operation: OperationOptions,
  fn: AnyFunction,
  args: unknown[],
): ReadableStream<T> {
  const output = new LateSource();
  const stop = start(place, operation, fn, args, output);
  return readableOf<T>({
    next: () => output.next(),
    cancel: (reason) => {
      stop(reason);
      return output.cancel(reason);
    },
  });
}

/** Runs a function with a channel and gives the other end of it. */
export function channelCall<S, R>(
  place: Place,
  operation: OperationOptions,
  fn: AnyFunction,
  args: unknown[],
): Channel<S, R> {
  const output = new LateSource();
  const input = new LateSink((value) => copyOf(value));
  const stop = start(place, operation, fn, args, output, input);
  return new Channel<S, R>({
    source: output,
    sink: {
      send: (value) => input.send(value),
      end: () => input.end(),
      abort: (reason) => {
        stop(reason);
        return input.abort(reason);
      },
      closed: input.closed,
    },
  });
}

/** Begins the call. Returns what cancels it. */
function start(
  place: Place,
  operation: OperationOptions,
  fn: AnyFunction,
  args: unknown[],
  output: LateSource,
  input?: LateSink,
): (reason: unknown) => void {
  if (typeof fn !== "function") {
    throw new TypeError("Cannot call what is no function");
  }
  const aborter = new AbortController();
  const fail = (error: unknown) => {
    output.fail(error);
    input?.fail(error);
  };
  try {
    const signal = signalOf(operation, aborter.signal);
    const environment = environmentOf(operation, place.options);
    const ends = { output, ...(input === undefined ? {} : { input }) };
    place.call(fn, args, { signal, environment, ...ends }).catch(fail);
  } catch (error) {
    fail(error); // The signal was aborted before.
  }
  return (reason) => aborter.abort(reason);
}

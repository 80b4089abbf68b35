// What flows between here and many hosts: streams, and channels.

import type { AnyFunction } from "../functions/types.ts";
import { prepare } from "../tunnels/place.ts";
import type { Outcome } from "../tunnels/host_set.ts";
import type { Sendable, Streamable } from "../tunnels/sendable.ts";
import { copyOf, snapshot } from "../tunnels/snapshot.ts";
import type { Tunnel } from "../tunnels/tunnel.ts";
import { Channel } from "../wire/channel.ts";
import { LateSink, LateSource } from "../wire/late.ts";
import { ChannelGroup } from "./channel_group.ts";
import { mergeStreams } from "./merge.ts";
import { Slots } from "./slots.ts";

/** What a {@linkcode Group} has of streams. */
export abstract class LiveGroup {
  /** How many hosts are connected to at once. */
  protected abstract readonly concurrency: number;

  /** The tunnels. */
  abstract [Symbol.iterator](): IterableIterator<Tunnel>;

  /**
   * Runs a function on each host and gives what it yields everywhere as one stream, as it comes.
   * Leaving a loop over it ends the function on all hosts. No more hosts are connected to at once
   * than the group's `concurrency`; after that, all are read together.
   *
   * @example What three hosts count
   * ```ts
   * import { Group, Local } from "tongs";
   * import { assertEquals } from "@std/assert";
   *
   * await using group = new Group(["a", "b", "c"].map((name) => new Local(name)));
   * const counted = new Map<string, number>();
   * for await (const [host, outcome] of group.stream(() => [1, 2, 3])) {
   *   if (outcome.ok) counted.set(host, outcome.value);
   *   else console.error(host, outcome.error.message);
   * }
   * assertEquals(counted, new Map([["a", 3], ["b", 3], ["c", 3]]));
   * ```
   *
   * @typeParam A The types of its arguments.
   * @typeParam T The type of what it yields.
   * @param fn A generator, or a function that returns a stream or anything to iterate over.
   * @param args Its arguments.
   * @returns Each host with a value of it. A host that fails is told with its error, once, and the
   * others go on.
   */
  stream<A extends unknown[], T>(
    fn: (...args: A) => Streamable<T> | Promise<Streamable<T>>,
    ...args: A
  ): ReadableStream<[host: string, outcome: Outcome<Sendable<T>>]> {
    const ready = this.#ready(fn, args);
    const streams = [...this].map((tunnel) =>
      [
        tunnel.host,
        streamOf(async () => tunnel.stream(...await ready(tunnel))),
      ] as const
    );
    return mergeStreams(streams);
  }

  /**
   * Starts a function on each host with a channel as its first argument.
   *
   * @example A question to all
   * ```ts
   * import { type Channel, Group, Local } from "tongs";
   * import { assertEquals } from "@std/assert";
   *
   * await using group = new Group([new Local("a"), new Local("b")]);
   * await using channels = group.open(async (channel: Channel<number, number>) => {
   *   for await (const n of channel) await channel.send(n + 1);
   * });
   * (await channels.send(1)).raiseFailures();
   * const answers = (await channels.receive()).raiseFailures();
   * assertEquals([...answers.successful()], [["a", 2], ["b", 2]]);
   * ```
   *
   * @typeParam S The type of what is sent from here.
   * @typeParam R The type of what is received here.
   * @typeParam A The types of the further arguments.
   * @param fn The function.
   * @param args Its further arguments.
   * @returns The near ends.
   */
  open<S, R, A extends unknown[]>(
    fn: (channel: Channel<R, S>, ...args: A) => unknown,
    ...args: A
  ): ChannelGroup<S, R> {
    const ready = this.#ready(fn, args);
    return new ChannelGroup<S, R>([...this].map((tunnel) => {
      const source = new LateSource();
      const sink = new LateSink((value) => copyOf(value));
      const begin = async () => {
        const ends = tunnel.open(...await ready(tunnel)).release();
        source.bind(ends.source);
        sink.bind(ends.sink);
      };
      begin().catch((error) => {
        source.fail(error);
        sink.fail(error);
      });
      return [tunnel.host, new Channel<S, R>({ source, sink })];
    }));
  }

  /**
   * Takes function and arguments as they are now. What it returns connects to a host, to some at a
   * time, and gives them once they can be sent there.
   */
  #ready<F extends AnyFunction, A extends unknown[]>(
    fn: F,
    args: A,
  ): (tunnel: Tunnel) => Promise<[fn: F, ...args: A]> {
    const prepared = prepare(fn);
    prepared.catch(() => {}); // Each host tells of it.
    const taken = snapshot(args, [...this].length) as A;
    const slots = new Slots(this.concurrency);
    return async (tunnel) => {
      const ready = await prepared as F;
      using _slot = await slots.take();
      await tunnel.connect();
      return [ready, ...taken];
    };
  }
}

/** A stream that begins when it is read. */
function streamOf<T>(
  begin: () => Promise<ReadableStream<T>>,
): ReadableStream<T> {
  let reader: ReadableStreamDefaultReader<T> | undefined;
  const cancelled = new AbortController();
  return new ReadableStream({
    async pull(controller) {
      reader ??= (await begin()).getReader();
      const { signal } = cancelled;
      if (signal.aborted) return await reader.cancel(signal.reason);
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel(reason) {
      cancelled.abort(reason);
      await reader?.cancel(reason);
    },
  }, { highWaterMark: 0 });
}

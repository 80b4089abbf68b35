// The channels of many hosts.

import type { Outcome } from "../tunnels/host_set.ts";
import type { Channel, ReceiveOptions } from "../wire/channel.ts";
import { GroupResult } from "./group_result.ts";
import { mergeStreams } from "./merge.ts";
import { outcomeOf } from "./outcome.ts";

/**
 * A channel to each of many hosts, see {@linkcode Group.open}. As a map, it has the channels by their
 * hosts; as something to iterate over, it merges what they receive.
 *
 * @typeParam S The type of what is sent.
 * @typeParam R The type of what is received.
 */
export class ChannelGroup<S = unknown, R = S>
  implements
    AsyncIterable<[host: string, outcome: Outcome<R>]>,
    AsyncDisposable {
  /** The channels by their hosts. */
  readonly channels: ReadonlyMap<string, Channel<S, R>>;

  /**
   * Constructs a new instance.
   *
   * @param channels The channels, each with its host.
   */
  constructor(channels: Iterable<[host: string, channel: Channel<S, R>]>) {
    this.channels = new Map(channels);
  }

  /** Sends a value to each host, and waits until each has room for the next one. */
  async send(value: S): Promise<GroupResult<void>> {
    return await this.#each((channel) => channel.send(value));
  }

  /**
   * Receives a value from each host.
   *
   * @param options What ends the wait.
   */
  async receive(options: ReceiveOptions = {}): Promise<GroupResult<R>> {
    return await this.#each((channel) => channel.receive(options));
  }

  /**
   * What all hosts send, as it comes, until all have closed their channels. A host that fails is told
   * with its error, once, and the others go on. Leaving the loop closes nothing and loses nothing.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<
    [host: string, outcome: Outcome<R>],
    void
  > {
    yield* mergeStreams(this.channels);
  }

  /** Resolves when all channels are closed, to how each of them ended. */
  get closed(): Promise<GroupResult<void>> {
    return this.#each((channel) => channel.closed);
  }

  /**
   * Closes the channels, see {@linkcode Channel.close}.
   *
   * @param error What the other sides get where they send or receive.
   */
  async close(error?: unknown): Promise<void> {
    await Promise.all(
      Array.from(this.channels.values(), (channel) => channel.close(error)),
    );
  }

  /** Closes the channels and drops what the other sides still send. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      Array.from(
        this.channels.values(),
        (channel) => channel[Symbol.asyncDispose](),
      ),
    );
  }

  async #each<T>(
    run: (channel: Channel<S, R>) => Promise<T>,
  ): Promise<GroupResult<T>> {
    const outcomes = Array.from(
      this.channels,
      async ([host, channel]) =>
        [host, await outcomeOf(() => run(channel))] as const,
    );
    return new GroupResult(await Promise.all(outcomes));
  }
}

// Channels: values in both directions. What carries them is not known here.

import { ChannelClosedError, TongsError } from "./errors.ts";
import { abortable } from "./abortable.ts";
import {
  type MaybePromise,
  readableOf,
  type Sink,
  type Source,
  writableOf,
} from "./items.ts";
import { MemoryPipe } from "./pipe.ts";

/** Marks channels, those of another copy of this file included: code on the far side has its own. */
const CHANNEL = Symbol.for("tongs.channel");

/** Where a channel leads. */
export interface ChannelEnds {
  /** What is sent goes here. */
  sink: Sink;
  /** What is received comes from here; it knows when all is there. */
  source: Source & { readonly ended: Promise<void> };
}

/** Options of {@linkcode Channel.receive}. */
export interface ReceiveOptions {
  /** Ends the wait; what would have been received is received next time. */
  signal?: AbortSignal;
}

/** Options of {@linkcode Channel.setCallback}. */
export interface CallbackOptions<E> {
  /** What the callback gets once, after the last value, however the channel ended. */
  endMarker?: E;
}

/**
 * A way for values in both directions, between code here and code there. Each value is sent as it
 * is at that time; sending waits while the other side does not take what was sent before.
 *
 * A channel can itself be sent: as an argument, as a result, or over another channel.
 *
 * @example Questions and answers
 * ```ts
 * import { type Channel, Local } from "tongs";
 * import { assertEquals } from "@std/assert";
 *
 * await using here = new Local();
 * const channel = here.open(async (channel: Channel<number, number>) => {
 *   for await (const n of channel) await channel.send(n * n);
 * });
 * await channel.send(12);
 * assertEquals(await channel.receive(), 144);
 * await channel.close();
 * await channel.closed;
 * ```
 *
 * @typeParam S The type of what is sent.
 * @typeParam R The type of what is received.
 */
export class Channel<S = unknown, R = S>
  implements AsyncIterable<R>, AsyncDisposable {
  /**
   * Resolves when both sides have closed the channel, and rejects when it ended with an error. What
   * has arrived can still be received then.
   */
  readonly closed: Promise<void>;

  #led: ChannelEnds | undefined;
  /** What was asked for and nobody waits for any more. */
  #next: Promise<IteratorResult<unknown, unknown>> | undefined;
  #receivers: Promise<unknown> | undefined;
  #readable: ReadableStream<R> | undefined;
  #writable: WritableStream<S> | undefined;
  #hasCallback = false;
  /** Why it ended, if with an error: apart, so that what waits for that does not hold the channel. */
  #failures: unknown[] = [];

  /**
   * Constructs a new instance. Programs have no use for it, see {@linkcode Channel.pair}.
   *
   * @param ends Where it leads.
   */
  constructor(ends: ChannelEnds) {
    this.#led = ends;
    const both = Promise.all([ends.sink.closed, ends.source.ended]);
    this.closed = both.then(() => {});
    // One direction may hear of an error before the other one does.
    const failures = this.#failures;
    this.closed.catch((error) => failures.push(error));
    Object.defineProperty(this, CHANNEL, { value: true });
  }

  /**
   * Two channels that lead to each other. One of them can be sent elsewhere.
   *
   * @example A channel as an argument
   * ```ts
   * import { Channel, Local } from "tongs";
   * import { assertEquals } from "@std/assert";
   *
   * await using here = new Local();
   * const [near, far] = Channel.pair<never, string>();
   * const call = here.call(async (to: Channel<string, never>) => {
   *   await to.send("from there");
   *   await to.close();
   * }, far);
   * assertEquals(await Array.fromAsync(near), ["from there"]);
   * await call;
   * ```
   *
   * @typeParam S The type of what the first one sends.
   * @typeParam R The type of what the first one receives.
   */
  static pair<S = unknown, R = S>(): [Channel<S, R>, Channel<R, S>] {
    const there = new MemoryPipe();
    const back = new MemoryPipe();
    const make = (sink: MemoryPipe, source: MemoryPipe) => ({
      sink,
      source: {
        next: () => source.next(),
        cancel: (reason?: unknown) => source.cancel(reason),
        ended: source.closed,
      },
    });
    return [new Channel(make(there, back)), new Channel(make(back, there))];
  }

  /** Whether a value is a channel. */
  static isChannel(value: object): value is Channel {
    return CHANNEL in value;
  }

  /**
   * Sends a value.
   *
   * @param value Anything that could be an argument of a call, streams and channels included.
   * @returns Resolves when the next one can be sent.
   * @throws {ChannelClosedError} If the channel is closed, on this side or the other.
   * @throws {SerializationError} If the value cannot be sent. The channel stays as it is.
   * @throws {RemoteError} If the function on the other side threw.
   */
  async send(value: S): Promise<void> {
    if (this.#failures.length > 0) throw this.#failures[0];
    const sent = this.#ends.sink.send(value);
    if (sent !== undefined) await sent;
  }

  /**
   * Receives the next value.
   *
   * @param options What ends the wait.
   * @throws {ChannelClosedError} If the other side has closed the channel and nothing is left.
   * @throws {RemoteError} If the function on the other side threw, after all that it had sent.
   * @throws {TypeError} If there is a callback, see {@linkcode Channel.setCallback}.
   */
  async receive({ signal }: ReceiveOptions = {}): Promise<R> {
    if (this.#hasCallback) {
      throw new TypeError("Cannot receive: the channel has a callback");
    }
    const next = signal === undefined ? this.#receive() : this.#wait(signal);
    const { done, value } = next instanceof Promise ? await next : next;
    if (!done) return value as R;
    throw new ChannelClosedError(
      "Cannot receive: the other side has closed the channel",
    );
  }

  /**
   * Waits until there is something to receive, a value or the end, and leaves it there.
   *
   * @param options What ends the wait.
   */
  async peek({ signal }: ReceiveOptions = {}): Promise<void> {
    await this.#inTurn(() => abortable(this.#ask(), signal), signal);
  }

  /** What the other side sends, until it closes the channel. Leaving the loop closes nothing. */
  async *[Symbol.asyncIterator](): AsyncGenerator<R, void> {
    for (;;) {
      const next = this.#receive();
      const { done, value } = next instanceof Promise ? await next : next;
      if (done) return;
      yield value as R;
    }
  }

  /**
   * Hands each value to a function, from those that wait already on, one after the other.
   *
   * @example The end of the values, however it came
   * ```ts
   * import { type Channel, Local } from "tongs";
   * import { assertEquals } from "@std/assert";
   *
   * await using here = new Local();
   * const seen: (number | null)[] = [];
   * const channel = here.open(async (channel: Channel<number, never>) => {
   *   for (let i = 0; i < 3; i++) await channel.send(i);
   * });
   * await channel.setCallback((n) => void seen.push(n), { endMarker: null });
   * assertEquals(seen, [0, 1, 2, null]);
   * ```
   *
   * @param callback The function; if it returns a promise, the next value waits for that.
   * @param options What marks the end.
   * @returns Resolves after the last value, and rejects with what the callback threw or with why the
   * channel ended.
   * @throws {TypeError} If there is one already.
   */
  async setCallback<E = never>(
    callback: (value: R | E) => unknown,
    options: CallbackOptions<E> = {},
  ): Promise<void> {
    if (this.#hasCallback) {
      throw new TypeError("Cannot set a callback: the channel has one already");
    }
    this.#hasCallback = true;
    try {
      for await (const value of this) {
        try {
          await callback(value);
        } catch (error) {
          await this.close(error);
          throw error;
        }
      }
    } finally {
      if ("endMarker" in options) await callback(options.endMarker as E);
    }
  }

  /**
   * Sends no more. Without an error, what the other side still sends can be received; with one, both
   * directions end with it.
   *
   * @param error What the other side gets where it sends or receives.
   */
  async close(error?: unknown): Promise<void> {
    if (error === undefined) {
      await Promise.resolve(this.#ends.sink.end()).catch(() => {}); // It is over already.
      return;
    }
    await Promise.all([
      this.#ends.sink.abort(error),
      this.#ends.source.cancel(error),
    ]);
  }

  /**
   * Closes the channel and drops what the other side still sends. Of one that was sent elsewhere,
   * whoever has it now takes care.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    const ends = this.#led;
    if (ends === undefined) return;
    await this.close();
    await ends.source.cancel();
  }

  /** What is received, as a stream. Cancelling it tells the other side. */
  get readable(): ReadableStream<R> {
    return this.#readable ??= readableOf({
      next: () => this.#receive(),
      cancel: (reason) => this.#ends.source.cancel(reason),
    });
  }

  /** What is sent, as a stream. Closing it closes the channel. */
  get writable(): WritableStream<S> {
    // It holds the channel, which is closed when nobody does.
    return this.#writable ??= writableOf({
      send: (value) => this.#ends.sink.send(value),
      end: () => this.#ends.sink.end(),
      abort: (reason) => this.#ends.sink.abort(reason),
      closed: this.#ends.sink.closed,
    });
  }

  /**
   * Takes away what it leads to, so that the channel can be sent.
   *
   * @throws {TongsError} If that has happened before.
   */
  release(): ChannelEnds {
    const ends = this.#ends;
    const { sink, source } = ends;
    this.#led = undefined;
    const restore = () => void (this.#led = ends);
    return {
      sink: {
        send: (value) => sink.send(value),
        end: () => sink.end(),
        abort: (reason) => sink.abort(reason),
        closed: sink.closed,
        release: restore,
      },
      source: {
        next: () => {
          const next = this.#next ?? source.next();
          this.#next = undefined;
          return next;
        },
        cancel: (reason) => source.cancel(reason),
        ended: source.ended,
      },
    };
  }

  get #ends(): ChannelEnds {
    if (this.#led !== undefined) return this.#led;
    throw new TongsError("Cannot use a channel that was sent elsewhere");
  }

  #receive(): MaybePromise<IteratorResult<unknown, unknown>> {
    if (this.#receivers === undefined && this.#next === undefined) {
      const next = this.#ends.source.next();
      if (!(next instanceof Promise)) return next;
      this.#next = next;
    }
    return this.#wait();
  }

  #wait(signal?: AbortSignal): Promise<IteratorResult<unknown, unknown>> {
    return this.#inTurn(async () => {
      try {
        const result = await abortable(this.#ask(), signal);
        this.#next = undefined;
        return result;
      } catch (error) {
        if (signal?.aborted !== true) this.#next = undefined;
        throw error;
      }
    }, signal);
  }

  /** The next value, which stays the next one until a receiver has it. */
  #ask(): Promise<IteratorResult<unknown, unknown>> {
    this.#next ??= Promise.resolve(this.#ends.source.next());
    this.#next.catch(() => {}); // It is for the next receiver if this one gives up.
    return this.#next;
  }

  /** Receivers get their turns one after the other. */
  async #inTurn<T>(run: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const before = this.#receivers;
    const turn = Promise.withResolvers<void>();
    this.#receivers = turn.promise;
    try {
      await before;
      signal?.throwIfAborted();
      return await run();
    } finally {
      if (this.#receivers === turn.promise) this.#receivers = undefined;
      turn.resolve();
    }
  }
}

// The ends of a stream that is still to be made: whoever holds them can begin.

import type { MaybePromise, Sink, Source } from "./items.ts";

/** A source that another one will stand behind. */
export class LateSource implements Source {
  readonly ended: Promise<void>;
  #source: Source | undefined;
  #bound = Promise.withResolvers<Source>();

  constructor() {
    this.ended = this.#bound.promise.then((source) => source.ended);
    this.ended.catch(() => {}); // Whoever asks for a value hears of it.
  }

  /** Gives it the source behind it. */
  bind(source: Source): void {
    this.#source = source;
    this.#bound.resolve(source);
  }

  /** Says that there will be none. */
  fail(error: unknown): void {
    this.#bound.reject(error);
  }

  next(): MaybePromise<IteratorResult<unknown, unknown>> {
    return this.#source?.next() ??
      this.#bound.promise.then((source) => source.next());
  }

  async cancel(reason?: unknown): Promise<void> {
    const source = await this.#bound.promise.catch(() => undefined);
    await source?.cancel(reason);
  }
}

/** A sink that another one will stand behind. */
export class LateSink implements Sink {
  readonly closed: Promise<void>;
  #sink: Sink | undefined;
  #bound = Promise.withResolvers<Sink>();
  #copy: (value: unknown) => unknown;

  /**
   * Constructs a new instance.
   *
   * @param copy Makes a copy of a value that must wait, as it is to be sent as it is now.
   */
  constructor(copy: (value: unknown) => unknown) {
    this.#copy = copy;
    this.closed = this.#bound.promise.then((sink) => sink.closed);
    this.closed.catch(() => {}); // Whoever sends hears of it.
  }

  /** Gives it the sink behind it. */
  bind(sink: Sink): void {
    this.#bound.resolve(sink);
    // Not before those that wait already have had their turn.
    this.#bound.promise.then(() => this.#sink = sink);
  }

  /** Says that there will be none. */
  fail(error: unknown): void {
    this.#bound.reject(error);
  }

  send(value: unknown): Promise<void> | undefined {
    if (this.#sink !== undefined) return this.#sink.send(value);
    const copy = this.#copy(value);
    return this.#bound.promise.then((sink) => sink.send(copy));
  }

  async end(): Promise<void> {
    await (await this.#bound.promise).end();
  }

  async abort(reason: unknown): Promise<void> {
    const sink = await this.#bound.promise.catch(() => undefined);
    await sink?.abort(reason);
  }
}

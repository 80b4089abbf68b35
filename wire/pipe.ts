// A pipe within one process: values as they are, a few at a time.

import { ChannelClosedError } from "./errors.ts";
import type { MaybePromise, Sink, Source } from "./items.ts";

/** How many values wait before the sender should. */
const MAX_WAITING = 16;

/** What goes in comes out. */
export class MemoryPipe implements Sink, Source {
  readonly closed: Promise<void>;
  #values: unknown[] = [];
  #end: { error?: unknown } | undefined;
  #over = Promise.withResolvers<void>();
  #change = Promise.withResolvers<void>();

  constructor() {
    this.closed = this.#over.promise;
    this.closed.catch(() => {}); // Whoever sends hears of it.
  }

  send(value: unknown): Promise<void> | undefined {
    if (this.#end !== undefined) {
      return this.closed.then(() => {
        throw new ChannelClosedError("Cannot send: the channel is closed");
      });
    }
    this.#values.push(value);
    this.#changed();
    return this.#values.length < MAX_WAITING ? undefined : this.#room();
  }

  async #room(): Promise<void> {
    while (this.#values.length >= MAX_WAITING) await this.#change.promise;
    if (this.#end !== undefined) await this.closed;
  }

  end(): void {
    this.#end ??= {};
    this.#changed();
    this.#close();
  }

  abort(error: unknown): void {
    this.#end ??= { error };
    this.#changed();
    this.#close(error);
  }

  next(): MaybePromise<IteratorResult<unknown, unknown>> {
    if (this.#values.length > 0) {
      const value = this.#values.shift();
      this.#changed();
      return { done: false, value };
    }
    if (this.#end === undefined) {
      return this.#change.promise.then(() => this.next());
    }
    if ("error" in this.#end) return Promise.reject(this.#end.error);
    return { done: true, value: undefined };
  }

  cancel(reason?: unknown): void {
    this.#values = [];
    this.#end ??= reason === undefined ? {} : { error: reason };
    this.#changed();
    this.#close(reason);
  }

  #close(error?: unknown): void {
    if (error === undefined) this.#over.resolve();
    else this.#over.reject(error);
  }

  #changed(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }
}

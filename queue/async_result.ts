// What a queued operation will give: to be awaited, asked for its value, or given callbacks.

import { TongsError } from "../wire/errors.ts";

/**
 * The value of an operation was asked for before the operation was through.
 *
 * @example Asking too early
 * ```ts
 * import { Local, NotCompletedError, Queue } from "tongs";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * await using here = new Local();
 * const queue = new Queue();
 * const result = queue.call(here, Math.max, 1, 3, 2);
 * assertThrows(() => result.value, NotCompletedError, "has not been run");
 * await queue.run();
 * assertEquals(result.value, 3);
 * ```
 */
export class NotCompletedError extends TongsError {
  /** The name of the class. */
  override name = "NotCompletedError";
}

/** How an operation ended, without how long it took. */
export type Settled<T> = { ok: true; value: T } | { ok: false; error: Error };

/** What an {@linkcode AsyncResult} needs of the queue that it belongs to. */
export interface ResultOwner {
  /** Whether operations are being run. */
  readonly isRunning: boolean;
  /** Runs operations, as somebody waits for one. */
  start(): void;
  /** Calls what was given to `withCallback`. */
  callBack(callback: () => unknown): void;
}

interface Callbacks<T> {
  onValue: ((value: T) => unknown) | undefined;
  onError: ((error: Error) => unknown) | undefined;
}

/** Ends a result. It is no method, as it is nothing for those who wait. */
export let settle: <T>(result: AsyncResult<T>, outcome: Settled<T>) => void;

/**
 * What a queued operation will give. Whoever awaits it makes the queue run, if it does not yet. One
 * that fails and is not awaited harms nothing: what {@linkcode Queue.run} resolves to knows of it.
 *
 * @typeParam T The type of the value.
 */
export class AsyncResult<T> implements PromiseLike<T> {
  #owner: ResultOwner;
  #what: string;
  #cancel: (reason: unknown) => void;
  #outcome: Settled<T> | undefined;
  #callbacks: Callbacks<T>[] | undefined;
  /** Made when somebody waits, so that no rejection is one that nobody handles. */
  #waited: PromiseWithResolvers<T> | undefined;

  static {
    settle = (result, outcome) => result.#settle(outcome);
  }

  /**
   * Constructs a new instance, which queues do.
   *
   * @param owner The queue.
   * @param what What is done, for messages.
   * @param cancel Cancels it.
   */
  constructor(
    owner: ResultOwner,
    what: string,
    cancel: (reason: unknown) => void,
  ) {
    this.#owner = owner;
    this.#what = what;
    this.#cancel = cancel;
  }

  /** Whether the operation is through, well or not. */
  get completed(): boolean {
    return this.#outcome !== undefined;
  }

  /**
   * What the operation gave.
   *
   * @throws {NotCompletedError} If it is not through.
   * @throws {Error} If it failed: its error.
   */
  get value(): T {
    if (this.#outcome === undefined) {
      throw new NotCompletedError(
        `Cannot get the value of the ${this.#what}: it ${
          this.#owner.isRunning
            ? "is not through; await it"
            : "has not been run; await the queue's run(), or the result itself"
        }`,
      );
    }
    if (!this.#outcome.ok) throw this.#outcome.error;
    return this.#outcome.value;
  }

  /** Waits for the operation, and makes the queue run if it does not. */
  then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    if (this.#waited === undefined) {
      this.#waited = Promise.withResolvers();
      if (this.#outcome === undefined) this.#owner.start();
      else this.#answer(this.#outcome);
    }
    return this.#waited.promise.then(onFulfilled, onRejected);
  }

  /**
   * Has a function called once the operation is through. There may be several, which are called in
   * their order; each may queue more work. What one throws, or rejects with, is thrown by
   * {@linkcode Queue.run} once all work is done.
   *
   * @example Work that follows from work
   * ```ts
   * import { Local, Queue } from "tongs";
   * import { assertEquals } from "@std/assert";
   *
   * await using here = new Local();
   * const queue = new Queue();
   * const found: string[] = [];
   * queue.call(here, () => ["a", "b"]).withCallback((names) => {
   *   for (const name of names) {
   *     queue.call(here, (s: string) => s.toUpperCase(), name)
   *       .withCallback((upper) => found.push(upper));
   *   }
   * });
   * await queue.run();
   * assertEquals(found, ["A", "B"]);
   * ```
   *
   * @param onValue Called with the value, if all went well. If it returns a promise, `run` waits
   * for that too, so that it must not wait for `run`.
   * @param onError Called with the error, if it failed.
   * @returns The result itself.
   */
  withCallback(
    onValue?: (value: T) => unknown,
    onError?: (error: Error) => unknown,
  ): this {
    const callbacks = { onValue, onError };
    if (this.#outcome === undefined) (this.#callbacks ??= []).push(callbacks);
    else this.#callBack(this.#outcome, callbacks);
    return this;
  }

  /**
   * Cancels the operation. One that waits is left out, one that runs is aborted; one that is
   * through stays as it is. The result fails with the reason.
   *
   * @param reason Why; an `AbortError` unless it is given.
   */
  cancel(
    reason: unknown = new DOMException(
      `The ${this.#what} was cancelled`,
      "AbortError",
    ),
  ): void {
    if (this.#outcome === undefined) this.#cancel(reason);
  }

  #settle(outcome: Settled<T>): void {
    this.#outcome = outcome;
    this.#cancel = () => {};
    this.#answer(outcome);
    for (const callbacks of this.#callbacks ?? []) {
      this.#callBack(outcome, callbacks);
    }
    this.#callbacks = undefined;
  }

  #answer(outcome: Settled<T>): void {
    if (outcome.ok) this.#waited?.resolve(outcome.value);
    else this.#waited?.reject(outcome.error);
  }

  #callBack(outcome: Settled<T>, { onValue, onError }: Callbacks<T>): void {
    if (outcome.ok && onValue !== undefined) {
      this.#owner.callBack(() => onValue(outcome.value));
    } else if (!outcome.ok && onError !== undefined) {
      this.#owner.callBack(() => onError(outcome.error));
    }
  }
}

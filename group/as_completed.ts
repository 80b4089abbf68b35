// Many things that are under way, in the order in which they end.

import type { HostOperation, Outcome } from "../tunnels/host_set.ts";
import { GroupCall } from "./group_call.ts";
import { outcomeOf } from "./outcome.ts";

/** Options of {@linkcode asCompleted}. */
export interface AsCompletedOptions {
  /** Ends the iteration, which then throws its reason. */
  signal?: AbortSignal;
  /**
   * How many items may be under way, or wait to be taken. A generator that begins work for each
   * item is asked for no more than that.
   *
   * @default {Infinity}
   */
  concurrency?: number;
}

/** What an item of {@linkcode asCompleted} gives: of an operation on a group, that of one host. */
export type CompletedValue<S> = S extends HostOperation<infer T> ? T
  : Awaited<S>;

/**
 * How an item of {@linkcode asCompleted} ended. `index` is its place among the items; `host` is
 * there for operations on groups; `ms` is how long it took, for a promise from when it was taken.
 */
export type Completed<T> = Outcome<T> & { index: number; host?: string };

/**
 * Takes promises, results of queues and operations on groups, and gives what becomes of them, as
 * they end. One that fails is an outcome like any other, and does not keep the rest from arriving.
 * An operation on a group gives an outcome for each host. What a generator of items throws is
 * thrown after the outcomes of the items that came before.
 *
 * Leaving the loop, and the signal, cancel operations on groups. Promises and results of queues
 * belong to somebody else, and go on.
 *
 * @example Whoever is first
 * ```ts
 * import { asCompleted, Group, Local } from "tongs";
 * import { assertEquals } from "@std/assert";
 *
 * await using group = new Group([new Local("a"), new Local("b")]);
 * await using other = new Local("c");
 * const values: unknown[] = [];
 * for await (const { index, host, ...outcome } of asCompleted([
 *   group.call(() => 1 + 1),
 *   other.call(() => "two"),
 *   Promise.reject(new Error("nobody there")),
 * ])) {
 *   values.push([index, host, outcome.ok ? outcome.value : outcome.error.message]);
 * }
 * assertEquals(values.sort(), [
 *   [0, "a", 2],
 *   [0, "b", 2],
 *   [1, undefined, "two"],
 *   [2, undefined, "nobody there"],
 * ]);
 * ```
 *
 * @typeParam S The type of the items.
 * @param items The items, such as promises.
 * @param options What ends it, and how many are taken at once.
 * @throws {RangeError} If `concurrency` is no positive integer.
 */
export function asCompleted<S>(
  items: Iterable<S>,
  { signal, concurrency = Infinity }: AsCompletedOptions = {},
): AsyncGenerator<Completed<CompletedValue<S>>, void> {
  if (
    !(concurrency === Infinity || Number.isInteger(concurrency)) ||
    concurrency < 1
  ) {
    throw new RangeError(
      `Cannot take ${concurrency} items at once: it must be a positive integer`,
    );
  }
  // They are under way already: one that rejects before its turn must not end the program.
  if (Array.isArray(items)) { for (const item of items) ignoreRejection(item); }
  const completions = new Completions(items, concurrency);
  completions.fill();
  return completions.iterate(signal) as AsyncGenerator<
    Completed<CompletedValue<S>>,
    void
  >;
}

function ignoreRejection(item: unknown): void {
  if (item instanceof Promise) item.catch(() => {});
}

/** An outcome that has arrived. */
interface Arrived {
  completed: Completed<unknown>;
  /** Called when it is taken. */
  onTaken: () => void;
}

class Completions {
  #items: Iterator<unknown>;
  #concurrency: number;
  #index = 0;
  /** How many items were begun and not all of their outcomes taken. */
  #active = 0;
  #isExhausted = false;
  /** What the items threw in place of one more. */
  #broken: { error: unknown } | undefined;
  #arrived: Arrived[] = [];
  /** How many of them were taken. */
  #taken = 0;
  #calls = new Set<GroupCall<unknown>>();
  /** Resolves at the next change that the reader may wait for. */
  #change = Promise.withResolvers<void>();
  /** Resolves when somebody begins to read. */
  #reading = Promise.withResolvers<void>();

  constructor(items: Iterable<unknown>, concurrency: number) {
    this.#items = items[Symbol.iterator]();
    this.#concurrency = concurrency;
  }

  /** Begins with as many items as may be under way. */
  fill(): void {
    while (!this.#isExhausted && this.#active < this.#concurrency) {
      const { done, value } = this.#next();
      if (done) this.#isExhausted = true;
      else {
        this.#active++;
        const index = this.#index++;
        if (value instanceof GroupCall) this.#follow(value, index);
        else this.#watch(value, index);
      }
    }
  }

  /** Whoever reads hears what was thrown, after the outcomes of what was begun before. */
  #next(): { done?: boolean | undefined; value?: unknown } {
    try {
      return this.#items.next();
    } catch (error) {
      this.#broken = { error };
      return { done: true };
    }
  }

  async *iterate(
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Completed<unknown>, void> {
    const onAbort = () => this.#changed();
    signal?.addEventListener("abort", onAbort);
    this.#reading.resolve();
    try {
      for (;;) {
        signal?.throwIfAborted();
        const next = this.#take();
        if (next !== undefined) {
          next.onTaken();
          yield next.completed;
        } else if (this.#active === 0) {
          if (this.#broken !== undefined) throw this.#broken.error;
          return;
        } else await this.#change.promise;
      }
    } finally {
      signal?.removeEventListener("abort", onAbort);
      if (!this.#isExhausted) this.#items.return?.();
      this.#isExhausted = true;
      const reason = signal?.aborted
        ? signal.reason
        : new DOMException("Nobody waits for it any more", "AbortError");
      for (const call of this.#calls) call.cancel(reason);
      await Promise.allSettled(this.#calls);
    }
  }

  async #watch(item: unknown, index: number): Promise<void> {
    const outcome = await outcomeOf(() => item);
    this.#arrive({ ...outcome, index }, () => this.#end());
  }

  /** No more hosts are begun than outcomes are taken, as if it were iterated over alone. */
  async #follow(call: GroupCall<unknown>, index: number): Promise<void> {
    this.#calls.add(call);
    const take = (completed: Completed<unknown>) =>
      new Promise<void>((resolve) => this.#arrive(completed, resolve));
    const all = await outcomeOf(async () => {
      await this.#reading.promise;
      for await (const [host, outcome] of call) {
        await take({ ...outcome, index, host });
      }
    });
    if (!all.ok) await take({ ...all, index }); // It could not begin anywhere.
    this.#calls.delete(call);
    this.#end();
  }

  #arrive(completed: Completed<unknown>, onTaken: () => void): void {
    this.#arrived.push({ completed, onTaken });
    this.#changed();
  }

  /** A hundred thousand may be there: moving them all up for each would take too long. */
  #take(): Arrived | undefined {
    const next = this.#arrived[this.#taken];
    if (next !== undefined) this.#taken++;
    if (this.#taken > this.#arrived.length / 2) {
      this.#arrived.splice(0, this.#taken);
      this.#taken = 0;
    }
    return next;
  }

  #end(): void {
    this.#active--;
    this.fill();
    this.#changed();
  }

  #changed(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }
}

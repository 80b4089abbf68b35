// An operation on all hosts of a group while it runs: it can be awaited, or followed host by host.

import type { HostOperation, Outcome } from "../tunnels/host_set.ts";
import type { Tunnel } from "../tunnels/tunnel.ts";
import { GroupResult } from "./group_result.ts";
import { outcomeOf } from "./outcome.ts";

/** What {@linkcode GroupCall} needs to know. */
export interface GroupCallOptions<T> {
  /** The hosts. */
  tunnels: readonly Tunnel[];
  /** On how many of them it runs at once. */
  concurrency: number;
  /** Does it on one host. */
  run(tunnel: Tunnel, signal: AbortSignal): Promise<T>;
  /**
   * Resolves when it can begin; if it rejects, nothing was done anywhere. Its signal is aborted when
   * nobody waits any more.
   */
  ready?(signal: AbortSignal): Promise<unknown>;
  /** Cleans up once it is over everywhere, and before that is said. */
  end?(): Promise<unknown>;
}

/** An operation that has a beginning and an end in common for all hosts. */
export type Together<T> = Pick<GroupCallOptions<T>, "run" | "ready" | "end">;

/**
 * An operation on all hosts of a group. It has begun; awaiting it gives a {@linkcode GroupResult},
 * iterating over it gives each host's outcome as it arrives, once.
 *
 * While it is iterated over, no more hosts are begun than outcomes are taken, so that nothing piles
 * up. Leaving the loop early cancels the rest.
 *
 * @typeParam T The type of the values.
 */
export class GroupCall<T> implements HostOperation<T> {
  #options: GroupCallOptions<T>;
  #aborter = new AbortController();
  #arrived: [string, Outcome<T>][] = [];
  #outcomes = new Map<string, Outcome<T>>();
  #done: Promise<GroupResult<T>>;
  #isOver = false;
  #isFollowed = false;
  /** Resolves at the next change that someone may wait for. */
  #change = Promise.withResolvers<void>();

  /**
   * Constructs a new instance.
   *
   * @param options The hosts, and what to do on them.
   */
  constructor(options: GroupCallOptions<T>) {
    this.#options = options;
    this.#done = this.#run();
    this.#done.catch(() => {}); // Whoever waits for it hears of it.
  }

  /** Waits for all hosts. */
  then<A = GroupResult<T>, B = never>(
    onFulfilled?: ((result: GroupResult<T>) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#done.then(onFulfilled, onRejected);
  }

  /**
   * Cancels what runs, and what has not begun. Hosts that are through stay as they are, the others
   * fail with the reason.
   *
   * @param reason Why; an `AbortError` unless it is given.
   */
  cancel(reason?: unknown): void {
    this.#aborter.abort(
      reason ?? new DOMException("The operation was cancelled", "AbortError"),
    );
  }

  /** Each host and what became of it, as it arrives. */
  async *[Symbol.asyncIterator](): AsyncGenerator<
    [host: string, outcome: Outcome<T>],
    void
  > {
    this.#isFollowed = true;
    try {
      for (;;) {
        const next = this.#arrived.shift();
        if (next !== undefined) {
          this.#changed();
          yield next;
        } else if (this.#isOver) {
          await this.#done; // It says if nothing could begin.
          return;
        } else await this.#change.promise;
      }
    } finally {
      this.#isFollowed = false;
      this.#changed();
      if (!this.#isOver) {
        this.cancel(
          new DOMException("Nobody waits for it any more", "AbortError"),
        );
        await this.#done.catch(() => {});
      }
    }
  }

  async #run(): Promise<GroupResult<T>> {
    const { tunnels, concurrency, ready, end } = this.#options;
    try {
      await ready?.(this.#aborter.signal);
      const queue = tunnels.values();
      const atOnce = Math.min(concurrency, tunnels.length);
      await Promise.all(
        Array.from({ length: atOnce }, async () => {
          for (const tunnel of queue) await this.#runOne(tunnel);
        }),
      );
    } finally {
      await end?.();
      this.#isOver = true;
      this.#changed();
    }
    // In the order of the group, whoever came first.
    return new GroupResult(
      tunnels.map(({ host }) => [host, this.#outcomes.get(host)!]),
    );
  }

  async #runOne(tunnel: Tunnel): Promise<void> {
    const { signal } = this.#aborter;
    const outcome = await outcomeOf(() => {
      signal.throwIfAborted();
      return this.#options.run(tunnel, signal);
    });
    this.#outcomes.set(tunnel.host, outcome);
    this.#arrived.push([tunnel.host, outcome]);
    this.#changed();
    const { concurrency } = this.#options;
    while (
      this.#isFollowed && !signal.aborted && this.#arrived.length > concurrency
    ) await this.#change.promise;
  }

  #changed(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }
}

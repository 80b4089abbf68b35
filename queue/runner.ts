// Runs the lanes of a queue until nothing is left, and knows what became of it all.

import type { Outcome } from "../tunnels/host_set.ts";
import { insideOf } from "../tunnels/inside.ts";
import type { Tunnel } from "../tunnels/tunnel.ts";
import { AsyncResult, type ResultOwner } from "./async_result.ts";
import { Item, type Task } from "./item.ts";
import { Lane } from "./lane.ts";
import { type QueueResult, Tally } from "./queue_result.ts";
import { Slots } from "../group/slots.ts";
import { WatchedSignals } from "./watched_signals.ts";

/** How many errors of callbacks are kept. */
const MAX_THROWN = 100;

/** Options of {@linkcode Queue.run}. */
export interface RunOptions {
  /** Cancels all that waits and runs. */
  signal?: AbortSignal;
}

/** What a runner needs to know. */
export interface RunnerOptions {
  concurrency: number;
  stopOnError: boolean;
  signal: AbortSignal | undefined;
}

/** From the beginning until nothing is left. */
interface Run {
  over: PromiseWithResolvers<void>;
  /** How it ended, if somebody is told. */
  result?: QueueResult;
  /** Whether somebody will be told how it ends. */
  isClaimed: boolean;
  /** Why it was cancelled, if it was. */
  aborted?: { reason: unknown };
  /** What callbacks threw. */
  thrown: unknown[];
}

/** Runs what a queue has. */
export class QueueRunner implements ResultOwner {
  #options: RunnerOptions;
  #slots: Slots;
  /** By the place, which all views of a tunnel share. */
  #lanes = new Map<object, Lane>();
  #signals = new WatchedSignals();
  /** What is not through: operations, and callbacks. */
  #left = 0;
  #tally = new Tally();
  #run: Run | undefined;
  #isEnding = false;
  #onAbort = () => this.#abort(this.#options.signal!.reason);

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#slots = new Slots(options.concurrency);
  }

  get isRunning(): boolean {
    return this.#run !== undefined;
  }

  /** Throws why nothing can be added, if that is so. */
  throwIfAborted(): void {
    this.#options.signal?.throwIfAborted();
    if (this.#run?.aborted !== undefined) throw this.#run.aborted.reason;
  }

  /** Adds an operation to the end of its host's lane. */
  add(
    tunnel: Tunnel,
    task: Task,
    onEnd: (item: Item, outcome: Outcome<unknown>) => void,
  ): Item {
    const { place, operation: { signal } } = insideOf(tunnel);
    const lane = this.#laneOf(place);
    const item = new Item(tunnel, task, (item, outcome) => {
      lane.ended(item);
      if (signal !== undefined) this.#signals.delete(signal, item);
      this.#count(item, outcome);
      onEnd(item, outcome);
    });
    this.#left++;
    lane.add(item);
    if (signal !== undefined) this.#signals.add(signal, item);
    return item;
  }

  /** Begins, unless it has begun. */
  start(): void {
    if (this.#run !== undefined) return;
    this.#run = {
      over: Promise.withResolvers(),
      isClaimed: false,
      thrown: [],
    };
    for (const lane of this.#lanes.values()) lane.work();
    if (this.#left === 0) this.#endSoon();
  }

  /** Runs until nothing is left. */
  async run({ signal }: RunOptions): Promise<QueueResult> {
    this.throwIfAborted();
    this.start();
    const run = this.#run!;
    run.isClaimed = true;
    const onAbort = () => this.#abort(signal!.reason);
    signal?.addEventListener("abort", onAbort);
    if (signal?.aborted) onAbort();
    try {
      await run.over.promise;
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
    const [first, ...others] = run.thrown;
    if (others.length > 0) {
      const { length } = run.thrown;
      const times = length < MAX_THROWN ? length : `${length} or more`;
      throw new AggregateError(
        run.thrown,
        `Callbacks of a queue failed ${times} times`,
      );
    }
    if (run.thrown.length > 0) throw first;
    if (run.aborted !== undefined) throw run.aborted.reason;
    return run.result!;
  }

  /** Calls a function that may queue more. Its promise is waited for. */
  callBack(callback: () => unknown): void {
    this.#left++;
    const call = async () => {
      await undefined; // Whoever calls this is in the middle of something.
      const returned = callback();
      // An operation that fails is no failure of who has queued it.
      if (!(returned instanceof AsyncResult)) await returned;
    };
    call().catch((error) => this.#onThrown(error)).finally(() => this.#end());
  }

  #laneOf(place: object): Lane {
    let lane = this.#lanes.get(place);
    if (lane === undefined) {
      if (this.#lanes.size === 0) {
        this.#options.signal?.addEventListener("abort", this.#onAbort);
      }
      lane = new Lane({
        slots: this.#slots,
        stopOnError: this.#options.stopOnError,
        onEnd: () => this.#end(),
      });
      this.#lanes.set(place, lane);
      if (this.isRunning) lane.work();
    }
    return lane;
  }

  #count({ tunnel: { host }, task }: Item, outcome: Outcome<unknown>): void {
    if (outcome.ok) this.#tally.succeed();
    else {
      const { error } = outcome;
      this.#tally.fail({ host, operation: task.what, error });
    }
  }

  #onThrown(error: unknown): void {
    const run = this.#run;
    // That nothing can be added any more is what the run says anyway.
    if (run?.aborted !== undefined && run.aborted.reason === error) return;
    if (run === undefined) reportError(error);
    else if (run.thrown.length < MAX_THROWN) run.thrown.push(error);
  }

  #abort(reason: unknown): void {
    if (this.#left === 0) return;
    this.start();
    this.#run!.aborted ??= { reason };
    for (const lane of this.#lanes.values()) lane.cancel(reason);
  }

  #end(): void {
    this.#left--;
    if (this.#left === 0 && this.isRunning) this.#endSoon();
  }

  /** Whoever has awaited a result gets to queue more before it is over. */
  #endSoon(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    setTimeout(() => {
      this.#isEnding = false;
      if (this.#left === 0) this.#over();
    });
  }

  #over(): void {
    const run = this.#run!;
    this.#run = undefined;
    for (const lane of this.#lanes.values()) lane.close();
    this.#lanes.clear();
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    if (run.isClaimed) {
      run.result = this.#tally.result();
      this.#tally = new Tally();
    } else for (const error of run.thrown) reportError(error);
    run.over.resolve();
  }
}

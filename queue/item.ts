// One operation on one host, while it waits, runs and ends.

import type { Outcome } from "../tunnels/host_set.ts";
import { outcomeOf } from "../group/outcome.ts";
import { abortable } from "../wire/abortable.ts";
import type { Tunnel } from "../tunnels/tunnel.ts";
import { toError } from "../wire/to_error.ts";

/** What is to be done; many hosts may share it. */
export interface Task {
  /** What it is called, as in "the call". */
  what: string;
  /**
   * Gets ready for all hosts, when the turn of the first one comes. Called for each; if it rejects,
   * it cannot be done anywhere.
   */
  ready?(): Promise<unknown>;
  /** Does it on one host. */
  run(tunnel: Tunnel, signal: AbortSignal): Promise<unknown>;
  /** Cleans up once it is over everywhere, whether or not it was begun. */
  end?(): Promise<void>;
}

/** One operation on one host. */
export class Item {
  /** The host. */
  readonly tunnel: Tunnel;
  /** What to do there. */
  readonly task: Task;
  /** How it ended, once it has. */
  outcome: Outcome<unknown> | undefined;
  /** Whether it failed for a reason that all hosts share. */
  isUnready = false;

  #onEnd: (item: Item, outcome: Outcome<unknown>) => void;
  #aborter: AbortController | undefined;

  constructor(
    tunnel: Tunnel,
    task: Task,
    onEnd: (item: Item, outcome: Outcome<unknown>) => void,
  ) {
    this.tunnel = tunnel;
    this.task = task;
    this.#onEnd = onEnd;
  }

  /** Runs it, unless it has ended already. Never rejects. */
  async run(): Promise<void> {
    if (this.outcome !== undefined) return;
    const { signal } = this.#aborter = new AbortController();
    const outcome = await outcomeOf(() => this.#work(signal));
    if (signal.aborted) this.isUnready = false;
    this.#end(outcome);
  }

  /** Ends it as soon as it can: at once if it waits, or else when what runs has been aborted. */
  cancel(reason: unknown): void {
    if (this.#aborter === undefined) this.fail(reason);
    else this.#aborter.abort(reason);
  }

  /** Ends one that has not begun with an error, unless it has ended already. */
  fail(thrown: unknown): void {
    this.#end({ ok: false, error: toError(thrown), ms: 0 });
  }

  async #work(signal: AbortSignal): Promise<unknown> {
    if (this.task.ready !== undefined) {
      this.isUnready = true;
      await abortable(this.task.ready(), signal);
      this.isUnready = false;
    }
    return await this.task.run(this.tunnel.with({ signal }), signal);
  }

  #end(outcome: Outcome<unknown>): void {
    if (this.outcome !== undefined) return;
    this.outcome = outcome;
    this.#onEnd(this, outcome);
  }
}

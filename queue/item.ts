// One operation on one host, while it waits, runs and ends.

import type { Outcome } from "../tunnels/host_set.ts";
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
    const start = performance.now();
    const { signal } = this.#aborter = new AbortController();
    try {
      if (this.task.ready !== undefined) {
        this.isUnready = true;
        await abortable(this.task.ready(), signal);
        this.isUnready = false;
      }
      const view = this.tunnel.with({ signal });
      const value = await this.task.run(view, signal);
      this.#end({ ok: true, value, ms: performance.now() - start });
    } catch (thrown) {
      if (signal.aborted) this.isUnready = false;
      this.fail(thrown, performance.now() - start);
    }
  }

  /** Ends it as soon as it can: at once if it waits, or else when what runs has been aborted. */
  cancel(reason: unknown): void {
    if (this.#aborter === undefined) this.fail(reason);
    else this.#aborter.abort(reason);
  }

  /** Ends it with an error, unless it has ended already. */
  fail(thrown: unknown, ms = 0): void {
    this.#end({ ok: false, error: toError(thrown), ms });
  }

  #end(outcome: Outcome<unknown>): void {
    if (this.outcome !== undefined) return;
    this.outcome = outcome;
    this.#onEnd(this, outcome);
  }
}

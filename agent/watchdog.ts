// The watchdog: it outlives the supervisor and then ends its realms, so that user code in a busy
// loop does not outlive a supervisor that was killed itself, and removes files that were not
// complete.

import { LastWill } from "../files/last_will.ts";

/** Ends process groups and removes files when this process ends, however it ends. */
export class Watchdog {
  #will: LastWill | undefined;

  /**
   * Sets the process groups to end.
   *
   * There is no moment at which a realm can run user code and the watchdog does not know of it:
   * calls are relayed only after this returned.
   */
  watch(groups: number[]): void {
    if (this.#will === undefined) this.#will = new LastWill(groups);
    else this.#will.watch(groups);
  }

  /** Sees to it that a file goes with this process, see {@linkcode LastWill.hold}. */
  hold(path: string): Promise<() => void> {
    this.#will ??= new LastWill();
    return this.#will.hold(path);
  }

  /** Removes files that were not complete, see {@linkcode LastWill.removeFiles}. */
  removeFiles(): void {
    this.#will?.removeFiles();
  }
}

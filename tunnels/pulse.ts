// How often a person is told how far something is.

/** The time between, in milliseconds. */
const INTERVAL = 100;

/** Says when it is time to tell again. */
export class Pulse {
  #told = -Infinity;

  /** Whether it is time. If so, the next time is a moment later. */
  isDue(): boolean {
    const now = performance.now();
    if (now - this.#told < INTERVAL) return false;
    this.#told = now;
    return true;
  }
}

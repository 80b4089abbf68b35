// Others of this process have their turn too. What blocks, and promises that are there already, leave
// none to anything that waits for the system: calls, signs of life, other transfers.

/** For how long the turn of one may last, in milliseconds. */
const TURN = 5;

/** The turns of one that has much to do. */
export class Turns {
  #begun = performance.now();

  /** Says what to wait for, if it has lasted long enough. */
  next(): Promise<void> | undefined {
    if (performance.now() - this.#begun < TURN) return undefined;
    return this.#wait();
  }

  async #wait(): Promise<void> {
    // The cheapest that goes through the event loop: a timer would take a millisecond.
    await Deno.lstat("/");
    this.#begun = performance.now();
  }
}

// So many at once, and whoever has waited longest is next.

/** A number of slots, of which each is used by one at a time. */
export class Slots {
  #free: number;
  #waiting: (() => void)[] = [];

  constructor(size: number) {
    this.#free = size;
  }

  /** Waits for a slot, which disposing gives back. */
  async take(): Promise<Disposable> {
    if (this.#free > 0) this.#free--;
    else {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.push(resolve);
      await promise;
    }
    return { [Symbol.dispose]: () => this.#giveBack() };
  }

  #giveBack(): void {
    const next = this.#waiting.shift();
    // It goes from hand to hand, so that nobody who comes later is faster.
    if (next === undefined) this.#free++;
    else next();
  }
}

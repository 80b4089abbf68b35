// So many at once, and whoever has waited longest is next.

/**
 * Checks how many there may be at once.
 *
 * @throws {RangeError} If it is no positive integer.
 */
export function checkConcurrency(concurrency: number, of: string): void {
  if (Number.isInteger(concurrency) && concurrency > 0) return;
  throw new RangeError(
    `Cannot make a ${of} with a concurrency of ${concurrency}: it must be a positive integer`,
  );
}

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

// Timers of a test's own, which go off when the test says so, and not when the machine gets to it.

/** Timers that a test lets go off. */
export interface Timers extends Disposable {
  /** Lets those go off that are set. */
  goOff(): void;
}

/** What there is to take the place of. */
interface Own {
  setTimeout(
    callback: (...args: unknown[]) => void,
    ms?: number,
    ...args: unknown[]
  ): unknown;
  clearTimeout(id: unknown): void;
}

/** The longest that a timer can wait, in milliseconds, which is some weeks. */
const NEVER = 2 ** 31 - 1;

/**
 * Takes timers into the hands of a test, until this is disposed of.
 *
 * @param delay Which ones: those that are set to exactly so many milliseconds.
 */
export function timers(delay: number): Timers {
  const own = globalThis as unknown as Own;
  const { setTimeout, clearTimeout } = own;
  const waiting = new Map<unknown, () => void>();
  own.setTimeout = (callback, ms, ...args) => {
    if (ms !== delay) return setTimeout(callback, ms, ...args);
    // A real one all the same, as whoever has set it may ask that no process waits for it.
    const id = setTimeout(callback, NEVER);
    waiting.set(id, () => callback(...args));
    return id;
  };
  own.clearTimeout = (id) => {
    waiting.delete(id);
    clearTimeout(id);
  };
  return {
    goOff() {
      const due = [...waiting];
      for (const [id, callback] of due) {
        own.clearTimeout(id);
        callback();
      }
    },
    [Symbol.dispose]() {
      own.setTimeout = setTimeout;
      own.clearTimeout = clearTimeout;
    },
  };
}

// Signals that cancel operations which still wait. Many operations may share one: it is listened to
// once, as an event target looks through all its listeners for each new one.

import type { Item } from "./item.ts";

interface Watched {
  items: Set<Item>;
  stop: () => void;
}

/** Signals, and what waits under them. */
export class WatchedSignals {
  #watched = new Map<AbortSignal, Watched>();

  /** Cancels an operation when a signal is aborted. */
  add(signal: AbortSignal, item: Item): void {
    if (signal.aborted) return item.cancel(signal.reason);
    const watched = this.#watched.get(signal) ?? this.#watch(signal);
    watched.items.add(item);
  }

  /** Forgets an operation. */
  delete(signal: AbortSignal, item: Item): void {
    const watched = this.#watched.get(signal);
    if (watched === undefined) return;
    watched.items.delete(item);
    if (watched.items.size > 0) return;
    watched.stop();
    this.#watched.delete(signal);
  }

  #watch(signal: AbortSignal): Watched {
    const items = new Set<Item>();
    const onAbort = () => {
      for (const item of [...items]) item.cancel(signal.reason);
    };
    signal.addEventListener("abort", onAbort);
    const stop = () => signal.removeEventListener("abort", onAbort);
    const watched = { items, stop };
    this.#watched.set(signal, watched);
    return watched;
  }
}

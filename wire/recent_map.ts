// A map that forgets. What has no end, such as code that a program makes while it runs, must not
// be kept without one.

/** A map of what was used last. */
export class RecentMap<K, V> {
  #entries = new Map<K, V>();
  #size: number;

  /**
   * Constructs a new instance.
   *
   * @param size How many entries are kept.
   */
  constructor(size: number) {
    this.#size = size;
  }

  /** Whether there is a value for a key. */
  has(key: K): boolean {
    return this.#entries.has(key);
  }

  /** The value for a key, which is kept for longer by that. */
  get(key: K): V | undefined {
    const value = this.#entries.get(key);
    if (value !== undefined) {
      this.#entries.delete(key);
      this.#entries.set(key, value);
    }
    return value;
  }

  /** Takes a value, and forgets the one that was not used for longest. */
  set(key: K, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#size) return;
    const [oldest] = this.#entries.keys();
    this.#entries.delete(oldest!);
  }

  /** Forgets the value for a key. */
  delete(key: K): void {
    this.#entries.delete(key);
  }
}

// A set that forgets. Code that a program makes while it runs has no end, and what is known of it
// must have one.

/** How many texts a set remembers: half of what the far side does. */
const MAX_SIZE = 1024;

/** The texts that were added last. */
export class RecentSet {
  #texts = new Set<string>();

  /** Whether a text is remembered. */
  has(text: string): boolean {
    return this.#texts.has(text);
  }

  /** Remembers a text, and forgets the one that was added first. */
  add(text: string): void {
    this.#texts.add(text);
    if (this.#texts.size <= MAX_SIZE) return;
    const [oldest] = this.#texts;
    this.#texts.delete(oldest!);
  }

  /** Forgets a text. */
  delete(text: string): void {
    this.#texts.delete(text);
  }
}

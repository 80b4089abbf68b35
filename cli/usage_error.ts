// What is wrong with a command line, and what would be right.

/** A command line makes no sense. */
export class UsageError extends Error {
  /** The name of the class. */
  override name = "UsageError";

  /** What to try instead. */
  readonly hint: string | undefined;

  /**
   * Constructs a new instance.
   *
   * @param message What is wrong.
   * @param hint What to try instead.
   */
  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

/** The word that a person may have meant, if one is near. */
export function nearest(
  word: string,
  words: readonly string[],
): string | undefined {
  const ranked = words.map((other) => ({ other, far: distance(word, other) }))
    .sort((a, b) => a.far - b.far);
  const best = ranked[0];
  return best !== undefined && best.far <= Math.max(1, word.length / 3)
    ? best.other
    : undefined;
}

/** How many letters have to change, or two to swap, to get from one word to the other. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(
        row[j]! + 1,
        next[j - 1]! + 1,
        row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1),
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        next[j] = Math.min(next[j]!, before[j - 2]! + 1);
      }
    }
    [before, row] = [row, next];
  }
  return row[b.length]!;
}

// Places in a text that was printed anew. Deno's bundler parses and prints each file without a
// source map; its words stay what they were, so that a place is found by the words before it.

const WORD = /[\p{ID_Continue}$]+/gu;

/** How far to look for words that went or came. */
const REACH = 50;

interface Place {
  line: number;
  column: number;
}

/**
 * The place in the original text for one in the text that was made of it.
 *
 * @param printed The text as it was printed.
 * @param original The text as it was written.
 * @param place A place in the printed text, from 1.
 */
export function realign(
  printed: string,
  original: string,
  place: Place,
): Place {
  if (printed === original) return { line: place.line, column: place.column };
  const offset = offsetOf(printed, place);
  const words = printed.matchAll(WORD);
  const originals = new Words(original);
  let found = 0;
  let from = 0;
  for (const { 0: word, index } of words) {
    if (index > offset) break;
    const start = originals.next(word);
    if (start === undefined) continue;
    found = start;
    from = index;
  }
  // Punctuation may have moved, but not within a line or a word.
  const between = printed.slice(from, offset);
  const same = original.startsWith(between, found);
  return placeOf(original, found + (same ? between.length : 0));
}

/** The words of a text, in order. */
class Words {
  #words: Iterator<RegExpExecArray>;
  #ahead: RegExpExecArray[] = [];

  constructor(text: string) {
    this.#words = text.matchAll(WORD);
  }

  /** Where the next such word is, unless it is none of the next ones. */
  next(word: string): number | undefined {
    for (let i = 0; i < REACH; i++) {
      if (i === this.#ahead.length) {
        const { done, value } = this.#words.next();
        if (done) return undefined;
        this.#ahead.push(value);
      }
      if (this.#ahead[i]![0] !== word) continue;
      const { index } = this.#ahead[i]!;
      this.#ahead.splice(0, i + 1);
      return index;
    }
    return undefined;
  }
}

function offsetOf(text: string, { line, column }: Place): number {
  let start = 0;
  for (let i = 1; i < line; i++) start = text.indexOf("\n", start) + 1;
  return start + column - 1;
}

function placeOf(text: string, offset: number): Place {
  const before = text.slice(0, offset);
  return {
    line: before.split("\n").length,
    column: offset - before.lastIndexOf("\n"),
  };
}

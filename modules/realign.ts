// Places in a text that was printed anew. Deno's bundler parses and prints each file without a
// source map; its words stay what they were, so that a place is found by the words before it.

const WORD = /[\p{ID_Continue}$]+/gu;

/** How far to look for words that went or came. */
const REACH = 50;

interface Place {
  line: number;
  column: number;
}

/** Finds places of a text that was printed anew. Both texts are looked through once. */
export class Realigner {
  #printed: Text;
  #original: Text;
  /** Where the words begin that both texts have, in pairs of printed and original. */
  #pairs: Int32Array | undefined;

  /**
   * Constructs a new instance.
   *
   * @param printed The text as it was printed.
   * @param original The text as it was written.
   */
  constructor(printed: string, original: string) {
    this.#printed = new Text(printed);
    this.#original = new Text(original);
    if (printed !== original) this.#pairs = pairWords(printed, original);
  }

  /**
   * The place in the original text.
   *
   * @param place A place in the printed text, from 1.
   */
  original({ line, column }: Place): Place {
    if (this.#pairs === undefined) return { line, column };
    const offset = this.#printed.offsetOf({ line, column });
    const pair = lastUpTo(offset, this.#pairs, 2);
    const from = pair < 0 ? 0 : this.#pairs[2 * pair]!;
    const found = pair < 0 ? 0 : this.#pairs[2 * pair + 1]!;
    // Punctuation may have moved, but not within a line or a word.
    const between = this.#printed.text.slice(from, offset);
    const same = this.#original.text.startsWith(between, found);
    return this.#original.placeOf(found + (same ? between.length : 0));
  }
}

function pairWords(printed: string, original: string): Int32Array {
  const originals = new Words(original);
  const pairs: number[] = [];
  for (const { 0: word, index } of printed.matchAll(WORD)) {
    const start = originals.next(word);
    if (start !== undefined) pairs.push(index, start);
  }
  return Int32Array.from(pairs);
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

/** A text, and where its lines begin. */
class Text {
  readonly text: string;
  #lines: Int32Array;

  constructor(text: string) {
    this.text = text;
    const lines = [0];
    for (let end = -1; (end = text.indexOf("\n", end + 1)) >= 0;) {
      lines.push(end + 1);
    }
    this.#lines = Int32Array.from(lines);
  }

  offsetOf({ line, column }: Place): number {
    return (this.#lines[line - 1] ?? this.text.length) + column - 1;
  }

  placeOf(offset: number): Place {
    const line = lastUpTo(offset, this.#lines, 1);
    return { line: line + 1, column: offset - this.#lines[line]! + 1 };
  }
}

/** The last of some ascending numbers that is not above a limit, by its position, or -1. */
function lastUpTo(limit: number, numbers: Int32Array, step: number): number {
  let low = 0;
  let high = numbers.length / step;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (numbers[middle * step]! <= limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

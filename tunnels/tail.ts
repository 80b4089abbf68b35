// The last lines of a stream of text, for error messages.

import { sanitize } from "./log.ts";

const MAX_LINES = 20;
const MAX_LINE = 2000;

/** Keeps the last lines of what it is given. */
export class Tail {
  #lines: string[] = [];

  /** Takes the next line. */
  push(line: string): void {
    const text = line.replace(/\r$/, "").slice(0, MAX_LINE);
    this.#lines.push(sanitize(text));
    if (this.#lines.length > MAX_LINES) this.#lines.shift();
  }

  /** The last lines, without empty ones at the end. */
  toString(): string {
    return this.#lines.join("\n").trimEnd();
  }
}

/** Lines that are being read. */
export interface LineReader {
  /** Resolves at the end of the lines. */
  done: Promise<void>;
  /** Ends them now. */
  cancel(): void;
}

/** The longest line that stays in one piece, in UTF-16 units. */
const MAX_PIECE = 16 * 1024;

/** Calls back for each line of a stream of bytes; very long lines come in pieces. */
export function readLines(
  stream: ReadableStream<Uint8Array>,
  onLine: (line: string) => void,
): LineReader {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  async function read(): Promise<void> {
    let rest = "";
    try {
      for (
        let next = await reader.read();
        !next.done;
        next = await reader.read()
      ) {
        const lines = (rest + decoder.decode(next.value, { stream: true }))
          .split("\n");
        rest = lines.pop()!;
        for (const line of lines) onLine(line.replace(/\r$/, ""));
        if (rest.length > MAX_PIECE) {
          onLine(rest);
          rest = "";
        }
      }
    } catch {
      // The stream broke with its process; what came before counts.
    }
    if (rest !== "") onLine(rest);
  }
  return { done: read(), cancel: () => void reader.cancel().catch(() => {}) };
}

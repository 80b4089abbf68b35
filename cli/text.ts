// Text in columns: how wide it is, and how it is cut.

import { sanitize } from "../tunnels/log.ts";

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const NARROW = /^[\x20-\x7e]*$/;
const segmenter = new Intl.Segmenter();

/** Makes text from a far side fit for one line of a terminal. */
export function oneLine(text: string): string {
  return sanitize(text).replace(/\s*\n\s*/g, " ⏎ ").replaceAll("\t", " ");
}

/** Makes text from a far side fit for a terminal, on the lines that it has. */
export function manyLines(text: string): string {
  return sanitize(text.replaceAll("\r\n", "\n"));
}

/** How many columns a text takes. */
export function widthOf(text: string): number {
  if (NARROW.test(text)) return text.length;
  let width = 0;
  for (const { segment } of segmenter.segment(text)) {
    if (/^\p{M}|^\p{Cf}$/u.test(segment)) continue;
    width += WIDE.test(segment) ? 2 : 1;
  }
  return width;
}

/** Fills a text up with spaces. */
export function pad(text: string, width: number, right = false): string {
  const space = " ".repeat(Math.max(0, width - widthOf(text)));
  return right ? space + text : text + space;
}

/** Breaks a text into lines of at most a width, between words where that is possible. */
export function wrap(text: string, width: number): string[] {
  return text.split("\n").flatMap((line) => wrapLine(line, width));
}

function wrapLine(line: string, width: number): string[] {
  if (widthOf(line) <= width) return [line];
  const lines: string[] = [];
  let current = "";
  for (const word of line.split(/(?<= )/)) {
    if (widthOf(current + word.trimEnd()) <= width) {
      current += word;
      continue;
    }
    if (current !== "") lines.push(current.trimEnd());
    current = "";
    for (const { segment } of segmenter.segment(word)) {
      if (widthOf(current + segment.trimEnd()) > width) {
        lines.push(current);
        current = "";
      }
      current += segment;
    }
  }
  return [...lines, current.trimEnd()];
}

/** Puts bytes together to lines, as they come. Very long lines come in pieces. */
export class LineBuffer {
  #decoder = new TextDecoder();
  #rest = "";

  /** Takes bytes, and returns the lines that are complete. */
  push(bytes: Uint8Array): string[] {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true }))
      .split("\n");
    this.#rest = lines.pop()!;
    if (this.#rest.length > 64 * 1024) {
      lines.push(this.#rest);
      this.#rest = "";
    }
    return lines.map((line) => line.replace(/\r$/, ""));
  }

  /** Returns what came after the last line break. */
  flush(): string[] {
    const rest = this.#rest + this.#decoder.decode();
    this.#rest = "";
    return rest === "" ? [] : [rest];
  }
}

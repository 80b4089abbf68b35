// Tables on a terminal: columns as wide as what is in them, if there is room for that.

import type { Paint } from "./terminal.ts";
import { pad, widthOf, wrap } from "./text.ts";

/** A cell of a table. Its text may have several lines. */
export interface Cell {
  /** What it says, fit for a terminal. */
  text: string;
  /** Whether it is set to the right. */
  right?: boolean;
}

const GAP = "  ";

/** How narrow a column may become. */
const MIN_WIDTH = 12;

/** The width that a table takes if nothing is in its way. */
export function naturalWidth(rows: readonly Cell[][]): number {
  return total(naturalWidths(rows));
}

/**
 * Draws a table.
 *
 * @param rows Its rows, the first of which is the head.
 * @param width How wide it may be.
 * @param paint Colours its head and its first column.
 */
export function drawTable(
  rows: readonly Cell[][],
  width: number,
  paint: Paint,
): string {
  const widths = fit(naturalWidths(rows), width);
  const rule = widths.map((width) => "─".repeat(width)).join(GAP);
  return rows.map((row, i) => {
    const text = drawRow(row, widths, paint, i === 0);
    return i === 0 ? `${text}${paint("dim", rule)}\n` : text;
  }).join("");
}

function drawRow(
  row: Cell[],
  widths: number[],
  paint: Paint,
  isHead: boolean,
): string {
  const cells = row.map(({ text }, i) => wrap(text, widths[i]!));
  const height = Math.max(...cells.map((lines) => lines.length));
  let drawn = "";
  for (let y = 0; y < height; y++) {
    const line = cells.map((lines, x) => {
      const text = pad(lines[y] ?? "", widths[x]!, row[x]!.right);
      if (text.trim() === "") return text;
      return isHead
        ? paint("bold", text)
        : x === 0
        ? paint("cyan", text)
        : text;
    });
    // Colours end after the spaces, so that only what is bare can be cut.
    drawn += `${line.join(GAP).trimEnd()}\n`;
  }
  return drawn;
}

function naturalWidths(rows: readonly Cell[][]): number[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [x, { text }] of row.entries()) {
      const width = Math.max(...text.split("\n").map(widthOf));
      widths[x] = Math.max(widths[x] ?? 1, width);
    }
  }
  return widths;
}

function total(widths: number[]): number {
  return widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length);
}

/** Takes from the widest columns what there is no room for. */
function fit(widths: number[], available: number): number[] {
  const fitted = [...widths];
  let excess = total(fitted) - available;
  while (excess > 0) {
    const widest = Math.max(...fitted);
    if (widest <= MIN_WIDTH) break;
    const x = fitted.indexOf(widest);
    fitted[x] = widest - 1;
    excess--;
  }
  return fitted;
}

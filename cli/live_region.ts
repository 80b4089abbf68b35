// The one place that names the package which keeps some lines at the bottom of a terminal up to
// date: it draws what has changed, and never more than the terminal has room for.

import { createLogUpdate } from "npm:log-update@8.0.0";

/** Lines at the bottom of a terminal. */
export interface LiveRegion {
  /** Shows lines in place of those that were there. */
  show(lines: string[]): void;
  /** Takes the lines away. */
  clear(): void;
}

/** Where a {@linkcode LiveRegion} is. */
export interface LiveRegionOptions {
  /** Writes to the terminal. */
  write: (text: string) => void;
  /** The size of the terminal. */
  size: () => { columns: number; rows: number };
}

/** Makes a region. The cursor stays as it is, so that nothing has to be put right afterwards. */
export function makeLiveRegion({ write, size }: LiveRegionOptions): LiveRegion {
  const stream = {
    isTTY: true,
    write,
    get columns() {
      return size().columns;
    },
    get rows() {
      return size().rows;
    },
  };
  const update = createLogUpdate(
    stream as unknown as Parameters<typeof createLogUpdate>[0],
    { showCursor: true },
  );
  return {
    show: (lines) => update(lines.join("\n")),
    clear: () => update.clear(),
  };
}

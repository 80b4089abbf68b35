// Finding the agent's first line in what the far side prints.

import { MarkFinder } from "./noise.ts";

/** How much noise is put up with, in bytes. */
const MAX_NOISE = 16 * 1024 * 1024;

/** What came before and after the agent's first line. */
export interface Handshake {
  /** What was printed before. */
  noise: string;
  /** Bytes after the line. */
  head: Uint8Array;
}

/**
 * Reads until the agent's first line.
 *
 * @param read Reads the next bytes.
 * @param magic The line.
 * @returns `"end"` if the stream ends before, `"noise"` if it is only noise.
 */
export async function awaitMagic(
  read: () => Promise<Uint8Array | undefined>,
  magic: string,
): Promise<Handshake | "end" | "noise"> {
  const finder = new MarkFinder(`\n${magic}\n`);
  while (finder.size < MAX_NOISE) {
    const bytes = await read();
    if (bytes === undefined) return "end";
    const head = finder.push(bytes);
    if (head !== undefined) return { noise: finder.noise, head };
  }
  return "noise";
}

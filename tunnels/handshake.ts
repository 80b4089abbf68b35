// Finding the agent's first line in what the far side prints: banners and profile scripts may
// have spoken before it.

import { indexOf } from "./noise.ts";

/** How much noise is put up with, in bytes. */
const MAX_NOISE = 1024 * 1024;

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
 * @returns `undefined` if the stream ends, or is only noise.
 */
export async function awaitMagic(
  read: () => Promise<Uint8Array | undefined>,
  magic: string,
): Promise<Handshake | undefined> {
  const line = new TextEncoder().encode(`\n${magic}\n`);
  let seen = new Uint8Array();
  while (seen.length < MAX_NOISE) {
    const bytes = await read();
    if (bytes === undefined) return undefined;
    const from = Math.max(0, seen.length - line.length);
    const joined = new Uint8Array(seen.length + bytes.length);
    joined.set(seen);
    joined.set(bytes, seen.length);
    seen = joined;
    const at = indexOf(seen, line, from);
    if (at >= 0) {
      return {
        noise: new TextDecoder().decode(seen.subarray(0, at)),
        head: seen.subarray(at + line.length),
      };
    }
  }
  return undefined;
}

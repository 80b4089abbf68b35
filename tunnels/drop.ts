// Streams of the user that are given up.

/** Gives a stream up. What comes of that is no concern of this side, and may take for ever. */
export function drop(end: () => Promise<unknown>): void {
  end().catch(() => {});
}

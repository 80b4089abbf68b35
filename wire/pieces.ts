// Bytes that arrive in pieces of any size, until all are there.

/** Up to which size pieces become one, in bytes: each has a cost of its own, whatever its size. */
const SMALL = 4096;

/** Adds a piece, which from now on belongs to them. */
export function addPiece(pieces: Uint8Array[], piece: Uint8Array): void {
  const last = pieces.at(-1);
  if (last === undefined || last.length + piece.length > SMALL) {
    pieces.push(piece);
  } else pieces[pieces.length - 1] = join([last, piece]);
}

/** Pieces as one. A single one is not copied. */
export function join(pieces: readonly Uint8Array[]): Uint8Array {
  const full = pieces.filter(({ length }) => length > 0);
  if (full.length === 1) return full[0]!;
  const bytes = new Uint8Array(
    full.reduce((sum, { length }) => sum + length, 0),
  );
  let offset = 0;
  for (const piece of full) {
    bytes.set(piece, offset);
    offset += piece.length;
  }
  return bytes;
}

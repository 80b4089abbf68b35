// Cutting off what login shells print before a command begins.

/** How much noise is put up with, in bytes. */
const MAX_NOISE = 1024 * 1024;

/** A stream without the noise at its beginning. */
export interface QuietStream {
  /** What came after the mark. */
  readable: ReadableStream<Uint8Array>;
  /** Resolves to whether the mark came at all. */
  marked: Promise<boolean>;
}

/**
 * Cuts a stream off up to a mark.
 *
 * @param source The stream.
 * @param mark The text that ends the noise.
 * @param onNoise Takes the noise.
 */
export function skipNoise(
  source: ReadableStream<Uint8Array>,
  mark: string,
  onNoise?: (text: string) => void,
): QuietStream {
  const wanted = new TextEncoder().encode(mark);
  const { promise: marked, resolve } = Promise.withResolvers<boolean>();
  let noise: Uint8Array | undefined = new Uint8Array();
  const readable = source.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        if (noise === undefined) return controller.enqueue(chunk);
        const joined = new Uint8Array(noise.length + chunk.length);
        joined.set(noise);
        joined.set(chunk, noise.length);
        const at = indexOf(
          joined,
          wanted,
          Math.max(0, noise.length - wanted.length),
        );
        noise = at < 0 ? joined.subarray(-MAX_NOISE) : undefined;
        if (at < 0) return;
        onNoise?.(new TextDecoder().decode(joined.subarray(0, at)));
        resolve(true);
        const rest = joined.subarray(at + wanted.length);
        if (rest.length > 0) controller.enqueue(rest);
      },
      flush() {
        if (noise !== undefined) onNoise?.(new TextDecoder().decode(noise));
        resolve(noise === undefined);
      },
    }),
  );
  return { readable, marked };
}

/** Where `wanted` begins in `bytes`, or -1. */
export function indexOf(
  bytes: Uint8Array,
  wanted: Uint8Array,
  from = 0,
): number {
  for (
    let i = bytes.indexOf(wanted[0]!, from);
    i >= 0;
    i = bytes.indexOf(wanted[0]!, i + 1)
  ) {
    if (i + wanted.length > bytes.length) return -1;
    if (wanted.every((byte, j) => bytes[i + j] === byte)) return i;
  }
  return -1;
}

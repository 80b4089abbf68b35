// Telling what a far side means to say from what its login shells, banners and profile scripts
// print before.

/** How much noise is kept, in bytes. */
const MAX_NOISE = 64 * 1024;

/** How much of the end of the noise is kept in any case, in bytes. */
const MIN_BEFORE = 32;

/** Looks for a mark in bytes that come in pieces of any size. */
export class MarkFinder {
  /** How many bytes came before the mark so far. */
  size = 0;
  /** The end of what came before the mark. */
  before = "";

  #mark: Uint8Array;
  #noise: Uint8Array[] = [];
  #kept = 0;
  #tail: Uint8Array = new Uint8Array();

  constructor(mark: string) {
    this.#mark = new TextEncoder().encode(mark);
  }

  /** What was before the mark, or the beginning of it. */
  get noise(): string {
    const bytes = concat([...this.#noise, this.#tail]);
    return new TextDecoder().decode(bytes);
  }

  /**
   * Takes the next bytes, and copies what it keeps of them.
   *
   * @returns What follows the mark, once it was found.
   */
  push(bytes: Uint8Array): Uint8Array | undefined {
    const seen = concat([this.#tail, bytes]);
    const at = indexOf(seen, this.#mark);
    if (at >= 0) {
      const before = seen.subarray(Math.max(0, at - MIN_BEFORE), at);
      this.before = new TextDecoder().decode(before);
      this.#keep(seen.subarray(0, at));
      this.#tail = new Uint8Array();
      return seen.subarray(at + this.#mark.length);
    }
    const kept = this.#mark.length - 1 + MIN_BEFORE;
    const end = Math.max(0, seen.length - kept);
    this.#keep(seen.subarray(0, end));
    this.#tail = seen.subarray(end);
    return undefined;
  }

  #keep(noise: Uint8Array): void {
    this.size += noise.length;
    if (noise.length === 0 || this.#kept >= MAX_NOISE) return;
    const kept = noise.slice(0, MAX_NOISE - this.#kept);
    this.#kept += kept.length;
    this.#noise.push(kept);
  }
}

/** A stream without the noise at its beginning. */
export interface QuietStream {
  /** What came after the mark. */
  readable: ReadableStream<Uint8Array>;
  /** Resolves to the end of the noise, if the mark came at all. */
  marked: Promise<string | undefined>;
  /** Resolves when the source has ended or is no longer read. */
  ended: Promise<void>;
  /** Ends the stream, whether or not its source does. */
  stop(): void;
}

/**
 * Cuts a stream off up to a mark, which is looked for whether or not somebody reads what follows.
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
  const reader = source.getReader();
  const finder = new MarkFinder(mark);
  let head: Uint8Array | undefined;

  async function find(): Promise<string | undefined> {
    try {
      while (head === undefined) {
        const { value } = await reader.read();
        if (value === undefined) break;
        head = finder.push(value)?.slice();
      }
    } catch {
      // It broke with its process.
    }
    onNoise?.(finder.noise);
    return head === undefined ? undefined : finder.before;
  }

  function stop(): void {
    reader.cancel().catch(() => {});
  }

  const marked = find();
  const readable = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await marked;
      const bytes = head?.length ? head : (await reader.read()).value;
      head = undefined;
      if (bytes === undefined) controller.close();
      else controller.enqueue(bytes);
    },
    cancel() {
      marked.then(stop);
    },
  }, { highWaterMark: 0 });
  const ended = reader.closed.catch(() => {});
  return { readable, marked, ended, stop };
}

function indexOf(bytes: Uint8Array, wanted: Uint8Array): number {
  const first = wanted[0]!;
  for (let i = bytes.indexOf(first); i >= 0; i = bytes.indexOf(first, i + 1)) {
    if (i + wanted.length > bytes.length) return -1;
    if (wanted.every((byte, j) => bytes[i + j] === byte)) return i;
  }
  return -1;
}

function concat(parts: Uint8Array[]): Uint8Array {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const joined = new Uint8Array(size);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

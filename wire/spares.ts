// Memory that is used again: new memory must be cleared first, which takes as long as filling it.

/** How many buffers are kept. */
const MAX_SPARES = 4;

/** Buffers that nobody needs any more. */
export class Spares {
  #buffers: ArrayBuffer[] = [];

  /** Takes a buffer, which from now on belongs to it. */
  add(bytes: Uint8Array): void {
    if (this.#buffers.length >= MAX_SPARES) return;
    this.#buffers.push(bytes.buffer as ArrayBuffer);
  }

  /** A copy of some bytes, in such a buffer if there is one that is large enough. */
  copy(bytes: Uint8Array): Uint8Array {
    const buffer = this.#buffers.pop();
    if (buffer === undefined || buffer.byteLength < bytes.length) {
      return bytes.slice();
    }
    const copy = new Uint8Array(buffer, 0, bytes.length);
    copy.set(bytes);
    return copy;
  }
}

// SHA-256 of what comes piece by piece.

/** A digest that is being made. */
export interface Digest {
  /** Takes the next bytes. */
  update(bytes: Uint8Array): void;
  /** The digest of all of them, in hexadecimal. */
  hex(): string;
}

/**
 * Begins a digest.
 *
 * The first `node:` module costs a process 30 ms, so that it is loaded no sooner than here. The
 * platform's own `crypto.subtle` takes whole buffers only, and half as many bytes a second.
 */
export async function sha256(): Promise<Digest> {
  const { createHash } = await import("node:crypto");
  const hash = createHash("sha256");
  return {
    update: (bytes) => void hash.update(bytes),
    hex: () => hash.digest("hex"),
  };
}

// SHA-256 of what comes piece by piece.

/** A digest that is being made. */
export interface Digest {
  /** Takes the next bytes. */
  update(bytes: Uint8Array): void;
  /** The digest of all of them, in hexadecimal. */
  hex(): string;
}

type CreateHash = typeof import("node:crypto").createHash;

let createHash: CreateHash | undefined;

/** It is imported once, as asking for it again takes as long as reading a small file. */
async function load(): Promise<CreateHash> {
  return createHash ??= (await import("node:crypto")).createHash;
}

/**
 * Begins a digest.
 *
 * The first `node:` module costs a process 30 ms, so that it is loaded no sooner than here. The
 * platform's own `crypto.subtle` takes whole buffers only, and half as many bytes a second.
 */
export async function sha256(): Promise<Digest> {
  const hash = (await load())("sha256");
  return {
    update: (bytes) => void hash.update(bytes),
    hex: () => hash.digest("hex"),
  };
}

/** What makes the SHA-256 of whole pieces, in hexadecimal. */
export async function sha256OfWhole(): Promise<(bytes: Uint8Array) => string> {
  const create = await load();
  return (bytes) => create("sha256").update(bytes).digest("hex");
}

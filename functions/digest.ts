// Addresses for what is addressed by what it holds.

/** A short text that no two contents have in common. */
export async function digest(content: string): Promise<string> {
  const bytes = new TextEncoder().encode(content);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return hash.subarray(0, 15).toBase64({ alphabet: "base64url" })
    .replaceAll("-", "$");
}

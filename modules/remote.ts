// Modules that came over the network, as Deno's cache has them. Nothing is ever fetched here.

import type { CachedModule } from "./program.ts";

/** Deno's own notes at the end of a file in its cache. */
const NOTES = new TextEncoder().encode("\n// denoCacheMetadata=");

const EXTENSIONS: Record<string, string> = {
  JavaScript: ".js",
  Mjs: ".mjs",
  Cjs: ".cjs",
  JSX: ".jsx",
  TypeScript: ".ts",
  Mts: ".mts",
  Cts: ".cts",
  TSX: ".tsx",
  Wasm: ".wasm",
};

/** The content of a module as it came. */
export async function readCached({ path }: CachedModule): Promise<Uint8Array> {
  const bytes = await Deno.readFile(path);
  // The notes are one line of JSON, so that they begin at the last line break.
  const start = bytes.lastIndexOf(10);
  const hasNotes = start >= 0 &&
    NOTES.every((byte, i) => bytes[start + i] === byte);
  return hasNotes ? bytes.subarray(0, start) : bytes;
}

/** A URL that says what its content is, as not all do. */
export function describedUrl(url: string, { mediaType }: CachedModule): string {
  const extension = EXTENSIONS[mediaType];
  const described = new URL(url);
  if (extension === undefined || described.pathname.endsWith(extension)) {
    return url;
  }
  described.pathname += extension;
  return described.href;
}

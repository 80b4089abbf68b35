// Sources of any kind into the JavaScript that is served.

import type { SourceMap } from "./source_map.ts";

/** What {@linkcode toJavaScript} makes. */
export interface Transformed {
  /** The JavaScript. */
  source: string;
  /** Where things stood in the file, if not where they stand now. */
  map?: SourceMap;
}

const TYPESCRIPT = /\.[cm]?ts$/;
const JAVASCRIPT = /\.[cm]?js$/;
const SOURCE_MAP =
  /\n\/\/# sourceMappingURL=data:application\/json;base64,([\w+/=]+)\s*$/;

/** Whether a file with this name is a module that code may be in. */
export function isCode(path: string): boolean {
  return TYPESCRIPT.test(path) || JAVASCRIPT.test(path);
}

/**
 * Turns a file into JavaScript.
 *
 * TypeScript is transformed and not merely blanked out: imports of types that are not marked as
 * such must go, or linking fails. The source map makes up for it.
 *
 * @param url Where it comes from.
 * @param bytes What it holds.
 * @param type The `type` attribute of its import, if it has one.
 * @throws {SyntaxError} If it is not what its name says.
 */
export async function toJavaScript(
  url: string,
  bytes: Uint8Array,
  type: string | undefined,
): Promise<Transformed> {
  const path = new URL(url).pathname;
  if (type === "bytes") {
    return {
      source: `export default Uint8Array.fromBase64("${bytes.toBase64()}")`,
    };
  }
  const text = new TextDecoder().decode(bytes);
  if (type === "text") {
    return { source: `export default ${JSON.stringify(text)}` };
  }
  if (type === "json") {
    named(url, () => JSON.parse(text));
    return { source: `export default JSON.parse(${JSON.stringify(text)})` };
  }
  if (JAVASCRIPT.test(path)) return { source: text };
  if (!TYPESCRIPT.test(path)) {
    throw new SyntaxError(
      `Cannot send "${url}" to another machine: only .ts, .mts, .cts, .js, .mjs and .cjs modules can be sent`,
    );
  }
  const [{ stripTypeScriptTypes }, { SourceMap }] = await Promise.all([
    import("node:module"),
    import("./source_map.ts"),
  ]);
  const transformed = named(
    url,
    () => stripTypeScriptTypes(text, { mode: "transform", sourceMap: true }),
  );
  const map = SOURCE_MAP.exec(transformed);
  if (map === null) return { source: transformed };
  const json = new TextDecoder().decode(Uint8Array.fromBase64(map[1]!));
  return {
    source: transformed.slice(0, map.index),
    map: new SourceMap(json),
  };
}

/** Runs a parser, whose errors do not know which file they are about. */
function named<T>(url: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    const why = (cause instanceof Error ? cause.message : String(cause))
      .replaceAll("file:///stripTypeScriptTypes.ts", url);
    throw new SyntaxError(`Cannot parse module "${url}": ${why}`, { cause });
  }
}

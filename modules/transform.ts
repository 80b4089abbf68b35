// Sources of any kind into the JavaScript that is served.

import type { SourceMap } from "./source_map.ts";

/** What {@linkcode toJavaScript} makes. */
export interface Transformed {
  /** The JavaScript. */
  source: string;
  /** Where things stood in the file, if not where they stand now. */
  map?: SourceMap;
}

const TYPESCRIPT = /\.([cm]?ts|tsx|jsx)$/;
const JAVASCRIPT = /\.[cm]?js$/;

const JSX = /\.[jt]sx$/;
/** An `@` that is not in a word, at the begin of a string, or in the name of a package. */
const AT = /(?<![\w"'`]|(?<!\*)\/|npm:|jsr:)@(?=[\w$([\\]|[^\0-\x7f])/g;
/** A line up to something in a comment. */
const IN_COMMENT = /^\s*(\*(?!\/)|\/\*)(?!.*\*\/)|(^|\s)\/\//;
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
    try {
      JSON.parse(text);
    } catch (cause) {
      refuse(url, cause);
    }
    return { source: `export default JSON.parse(${JSON.stringify(text)})` };
  }
  if (JAVASCRIPT.test(path)) return { source: text };
  if (!TYPESCRIPT.test(path)) {
    throw new SyntaxError(
      `Cannot send "${url}" to another machine: only .ts, .tsx, .mts, .cts, .js, .jsx, .mjs and .cjs modules can be sent`,
    );
  }
  const [{ SourceMap }, transformed] = await Promise.all([
    import("./source_map.ts"),
    transform(url, bytes, text).catch((cause) => refuse(url, cause)),
  ]);
  const map = SOURCE_MAP.exec(transformed);
  if (map === null) return { source: transformed };
  const json = new TextDecoder().decode(Uint8Array.fromBase64(map[1]!));
  return {
    source: transformed.slice(0, map.index),
    map: new SourceMap(json),
  };
}

/** TypeScript or JSX into JavaScript, with its source map inline. */
async function transform(
  url: string,
  bytes: Uint8Array,
  text: string,
): Promise<string> {
  if (JSX.test(new URL(url).pathname) || mayHaveDecorators(text)) {
    const { transpile } = await import("./transpile.ts");
    return await transpile(url, bytes);
  }
  const { stripTypeScriptTypes } = await import("node:module");
  return stripTypeScriptTypes(text, { mode: "transform", sourceMap: true });
}

/**
 * Whether decorators may be in a source, which `node:module` leaves as they are. To be wrong about
 * what is none only takes time.
 */
function mayHaveDecorators(text: string): boolean {
  for (const { index } of text.matchAll(AT)) {
    const before = text.slice(text.lastIndexOf("\n", index) + 1, index);
    if (!IN_COMMENT.test(before)) return true;
  }
  return false;
}

/** Names the file in an error of a parser, which does not know which one it is about. */
function refuse(url: string, cause: unknown): never {
  const why = (cause instanceof Error ? cause.message : String(cause))
    .replaceAll("file:///stripTypeScriptTypes.ts", url);
  throw new SyntaxError(`Cannot parse module "${url}": ${why}`, { cause });
}

// Imports and exports of a module's source. The lexer package is bundled into one file by
// `deno task bundle`.

import * as lexer from "./lexer.gen.js";

/** An import as the package describes it. */
interface Lexed {
  /** The specifier, if it is no expression. */
  n: string | undefined;
  /** Where the specifier begins, without its quote. */
  s: number;
  /** Where it ends. */
  e: number;
  /** Where the statement begins. */
  ss: number;
  /** Where it ends. */
  se: number;
  /** The parenthesis of `import(`, or -1 for a static import, or -2 for `import.meta`. */
  d: number;
  /** Where the attributes begin, or -1. */
  a: number;
}

interface Package {
  parse(source: string, url: string): [Lexed[], { n: string }[]];
}

const { parse } = lexer as unknown as Package;

/** An import, an `import()` or an `import.meta` in a source. */
export type FoundImport =
  /** A static import; `start` and `end` are those of the specifier with its quotes. */
  | {
    kind: "static";
    specifier: string;
    start: number;
    end: number;
    /** The `type` of its attributes, if it has any. */
    type: string | undefined;
    /** Where its statement ends. */
    statementEnd: number;
    /** The names that it takes, if it takes no default and not the module as a whole. */
    names: string[] | undefined;
  }
  /** `import(`, parenthesis included. */
  | {
    kind: "dynamic";
    start: number;
    end: number;
    /** What it imports, if that is no expression. */
    specifier: string | undefined;
    /** The `type` of its attributes, if it has any. */
    type: string | undefined;
  }
  /** `import.meta` */
  | { kind: "meta"; start: number; end: number };

const TYPE = /\btype["']?\s*:\s*["']([^"']*)["']/;

/**
 * The imports in a source of JavaScript.
 *
 * @throws {SyntaxError} If it cannot be parsed.
 */
export function findImports(source: string, url: string): FoundImport[] {
  return tryParse(source, url)[0].map((found) => {
    if (found.d === -2) return { kind: "meta", start: found.s, end: found.e };
    if (found.d >= 0) {
      return {
        kind: "dynamic",
        start: found.ss,
        end: found.d + 1,
        specifier: found.n,
        type: typeOf(found, source),
      };
    }
    return {
      kind: "static",
      specifier: found.n ?? "",
      start: found.s - 1,
      end: found.e + 1,
      type: typeOf(found, source),
      statementEnd: found.se,
      names: takenNames(source.slice(found.ss, found.s - 1)),
    };
  });
}

function typeOf({ a, se }: Lexed, source: string): string | undefined {
  return a < 0 ? undefined : TYPE.exec(source.slice(a, se))?.[1];
}

/** The names in braces of an `import` or `export` up to its specifier. */
function takenNames(clause: string): string[] | undefined {
  const [, list] = /^\w+\s*\{([^{}]*)\}\s*from\s*$/.exec(clause) ?? [];
  return list?.split(",").map((item) => item.trim().split(/\s+as\s+/)[0]!)
    .filter((name) => name !== "");
}

/**
 * The names that a source exports, but for those of `export *`.
 *
 * @throws {SyntaxError} If it cannot be parsed.
 */
export function findExports(source: string, url: string): string[] {
  return tryParse(source, url)[1].map((found) => found.n);
}

function tryParse(source: string, url: string): ReturnType<Package["parse"]> {
  try {
    return parse(source, url);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SyntaxError(`Cannot parse module "${url}": ${why}`, { cause });
  }
}

// Scripts as the parser sees them: which functions are where in them, what their names refer to,
// and what they export.

import { RecentMap } from "../wire/recent_map.ts";
import { scriptSource, scriptUrl } from "./inspector.ts";
import { type Node, parseScript, type Reference } from "./parser.ts";
import type { AnyFunction } from "./types.ts";

/** A script that was parsed. */
export interface Script {
  /** Its URL, or nothing if it has none. */
  url: string;
  /** Its source, as it runs. */
  source: string;
  /** Its functions, methods and classes, outer ones first. */
  functions: Node[];
  /** All its references to names, from first to last. */
  references: Reference[];
  /** Whether it must not be strict. */
  sloppy: boolean;
  /** The names that it exports, by those that they have inside. */
  exports: Map<string, string>;
}

/** How many scripts are kept: more than a program has modules, unless it makes them itself. */
const MAX_SCRIPTS = 256;

const scripts = new RecentMap<string, Script>(MAX_SCRIPTS);

/** The script with this number. */
export function scriptById(scriptId: string): Script {
  let script = scripts.get(scriptId);
  if (script === undefined) {
    script = parse(scriptUrl(scriptId), scriptSource(scriptId));
    scripts.set(scriptId, script);
  }
  return script;
}

/**
 * A script that is nothing but the text of a function, which is all that is known of one that was
 * made by `eval`.
 *
 * @throws {SyntaxError} If it makes no sense alone.
 */
export function scriptOfText(text: string): Script {
  try {
    return parse("", `(${text})`);
  } catch {
    return parse("", `({${text}})`); // A method.
  }
}

/** The text of a function, whatever its `toString` has become. */
export function textOf(fn: AnyFunction): string {
  return Function.prototype.toString.call(fn);
}

/** The node of the function that runs at an offset and reads like `text`. */
export function findFunction(
  script: Script,
  offset: number,
  text: string,
): Node | undefined {
  // From the inner ones, as an outer one has its offset before those.
  return script.functions.findLast((node) =>
    node.start <= offset && offset < node.end &&
    codeOf(script, node, text) === text
  );
}

/** The references to names in a part of a script. */
export function referencesIn(
  script: Script,
  start: number,
  end: number,
): Reference[] {
  let low = 0;
  let high = script.references.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (script.references[middle]!.identifier.start < start) low = middle + 1;
    else high = middle;
  }
  const found: Reference[] = [];
  for (let i = low; i < script.references.length; i++) {
    const reference = script.references[i]!;
    if (reference.identifier.start >= end) break;
    found.push(reference);
  }
  return found;
}

/** The line and column of an offset, both from 1. */
export function placeOf(
  source: string,
  offset: number,
): { line: number; column: number } {
  let line = 1;
  let start = 0;
  for (;;) {
    const next = source.indexOf("\n", start);
    if (next === -1 || next >= offset) break;
    line++;
    start = next + 1;
  }
  return { line, column: offset - start + 1 };
}

/** The offset of a line and column, both from 0. */
export function offsetOf(source: string, line: number, column: number): number {
  let start = 0;
  for (let i = 0; i < line; i++) {
    const next = source.indexOf("\n", start);
    if (next === -1) return source.length;
    start = next + 1;
  }
  return start + column;
}

/** The nodes directly below a node. */
export function* children(node: Node): Generator<Node> {
  for (const key in node) {
    const value = node[key];
    for (const item of Array.isArray(value) ? value : [value]) {
      if (isNode(item)) yield item;
    }
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null &&
    typeof (value as Node).type === "string" &&
    typeof (value as Node).start === "number";
}

function codeOf(script: Script, node: Node, text: string): string {
  // A method ends with its function, and begins with its name before that.
  const start = node.type === "Method" ? node.end - text.length : node.start;
  return script.source.slice(start, node.end);
}

function parse(url: string, source: string): Script {
  const { program, scopes, sloppy } = parseStrictly(source);
  const functions: Node[] = [];
  const pending = [program];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (
      /^(Function|ArrowFunction|Class)(Declaration|Expression)$/.test(node.type)
    ) {
      functions.push(node);
    } else if (isMethod(node)) {
      // V8 places a method where its parameters begin, which is where its function does.
      const value = node.value as Node;
      functions.push({
        ...node,
        type: "Method",
        start: value.start,
        method: node,
      });
    }
    pending.push(...children(node));
  }
  functions.sort((a, b) => a.start - b.start || b.end - a.end);
  return {
    url,
    source,
    functions,
    references: scopes.scopes.flatMap((scope) => scope.references)
      .sort((a, b) => a.identifier.start - b.identifier.start),
    sloppy,
    exports: findExports(program),
  };
}

function isMethod(node: Node): boolean {
  return node.type === "MethodDefinition" ||
    node.type === "Property" &&
      (node.method === true || node.kind !== "init") &&
      isNode(node.value);
}

function parseStrictly(source: string) {
  try {
    return { ...parseScript(source, { module: true }), sloppy: false };
  } catch {
    return { ...parseScript(source, { module: false }), sloppy: true };
  }
}

function findExports(program: Node): Script["exports"] {
  const exports: Script["exports"] = new Map();
  for (const node of program.body as Node[]) {
    const declaration = node.declaration as Node | null | undefined;
    if (node.type === "ExportDefaultDeclaration" && declaration) {
      const name = declaration.type === "Identifier"
        ? declaration.name
        : (declaration.id as Node | null)?.name;
      // What has no name is a variable by this one to the engine.
      exports.set(typeof name === "string" ? name : "*default*", "default");
    } else if (node.type === "ExportNamedDeclaration" && node.source === null) {
      for (const name of declaration ? declaredNames(declaration) : []) {
        exports.set(name, name);
      }
      for (
        const { local, exported } of node.specifiers as Record<string, Node>[]
      ) {
        exports.set(
          local!.name as string,
          (exported!.name ?? exported!.value) as string,
        );
      }
    }
  }
  return exports;
}

function declaredNames(declaration: Node): string[] {
  if (declaration.type !== "VariableDeclaration") {
    return [(declaration.id as Node).name as string];
  }
  return (declaration.declarations as Node[])
    .map(({ id }) => (id as Node).name)
    .filter((name) => typeof name === "string");
}

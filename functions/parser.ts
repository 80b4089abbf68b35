// JavaScript into a syntax tree and its scopes. The parser packages are bundled into one file by
// `deno task bundle`, and evaluated at the first call.

import loadPackages from "./parser.gen.js";

/** A node of a syntax tree, as ESTree names its kinds and fields. */
export interface Node {
  /** Its kind, such as `"ArrowFunctionExpression"`. */
  type: string;
  /** Where it begins in the source. */
  start: number;
  /** Where it ends in the source. */
  end: number;
  /** What its kind has besides. */
  [field: string]: unknown;
}

/** An identifier in a syntax tree. */
export interface Identifier extends Node {
  type: "Identifier";
  name: string;
}

/** All scopes of a syntax tree. */
export interface ScopeManager {
  /** Every scope, outer ones first. */
  scopes: Scope[];
  /** The outermost scope. */
  globalScope: Scope;
  /**
   * The scope that a node opens, if it opens one. A function expression that has a name opens two:
   * the outer one, for the name, unless `inner`.
   */
  acquire(node: Node, inner?: boolean): Scope | null;
  /** The variables that a node declares. */
  getDeclaredVariables(node: Node): Variable[];
}

/** A scope. */
export interface Scope {
  type:
    | "block"
    | "catch"
    | "class"
    | "class-field-initializer"
    | "class-static-block"
    | "for"
    | "function"
    | "function-expression-name"
    | "global"
    | "module"
    | "switch"
    | "with";
  /** Whether its code is strict. */
  isStrict: boolean;
  /** The node that opens it. */
  block: Node;
  /** The scope around it. */
  upper: Scope | null;
  childScopes: Scope[];
  /** The variables that belong to it. */
  variables: Variable[];
  /** The same by name. */
  set: Map<string, Variable>;
  /** The references that stand in it and in no inner scope. */
  references: Reference[];
  /** The references in it and its inner scopes to variables that are not of these. */
  through: Reference[];
}

/** The use of a variable. */
export interface Reference {
  identifier: Identifier;
  /** The scope that it stands in. */
  from: Scope;
  /** What it refers to; `null` if that is not in the source. */
  resolved: Variable | null;
  /** Whether the variable gets its first value here. */
  init?: boolean;
  /** The node of the value that is written. */
  writeExpr?: Node | null;
  isRead(): boolean;
  isWrite(): boolean;
}

/** A variable. */
export interface Variable {
  name: string;
  scope: Scope;
  /** Where it is declared; a function may be declared twice, and `arguments` nowhere. */
  defs: Definition[];
  identifiers: Identifier[];
  /** Every use in the source. */
  references: Reference[];
}

/** The declaration of a variable. */
export interface Definition {
  type:
    | "CatchClause"
    | "ClassName"
    | "FunctionName"
    | "ImplicitGlobalVariable"
    | "ImportBinding"
    | "Parameter"
    | "Variable";
  name: Identifier;
  /** The node that declares it, such as a declarator or an import specifier. */
  node: Node;
  /** The declaration around that, if there is one. */
  parent: Node | null;
}

/** What {@linkcode parseScript} finds. */
export interface ParsedScript {
  /** The whole of it. */
  program: Node;
  scopes: ScopeManager;
}

interface Packages {
  parse(source: string, options: Record<string, unknown>): Node;
  analyze(program: Node, options: Record<string, unknown>): ScopeManager;
}

let packages: Packages | undefined;

/**
 * Parses JavaScript of any kind that Deno runs.
 *
 * @param source The source.
 * @param options `module`: whether it is an ES module. If not, what CommonJS modules and notebook
 * cells may have on top is taken as well: `return` and `await` outside of functions.
 * @throws {SyntaxError} If it cannot be parsed.
 */
export function parseScript(
  source: string,
  options: { module: boolean },
): ParsedScript {
  packages ??= loadPackages() as Packages;
  const { module } = options;
  const sourceType = module ? "module" : "script";
  const program = packages.parse(source, {
    ecmaVersion: "latest",
    sourceType,
    // The scopes of parameters cannot be told without.
    ranges: true,
    allowReturnOutsideFunction: !module,
    allowAwaitOutsideFunction: true,
  });
  const scopes = packages.analyze(program, {
    ecmaVersion: 2026,
    sourceType,
    // Or nothing around a direct `eval` would be resolved.
    ignoreEval: true,
    // These would be passed over.
    childVisitorKeys: { ImportExpression: ["source", "options"] },
  });
  return { program, scopes };
}

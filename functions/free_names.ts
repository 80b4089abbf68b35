// What a function uses of the code around it: the part of shipping it that is about names and
// scopes.

import type { Node, Reference, Variable } from "./parser.ts";
import { children, referencesIn, type Script } from "./script.ts";

/** A name that a function uses and does not define. */
export interface FreeName {
  /** The name. */
  name: string;
  /** Its uses. */
  references: Reference[];
  /** The variable, if it is in the same script. */
  variable: Variable | undefined;
}

/** What else a function takes from around it. */
export interface Surroundings {
  /** Every `import.meta`. */
  metas: Node[];
  /** Every `import()`. */
  imports: Node[];
  /** Every `this` that is not its own. */
  receivers: Node[];
  /** The node right above each node. */
  parents: Map<Node, Node>;
  /** What else it uses that cannot go along, in words. */
  obstacle: string | undefined;
}

/** The names that the code from `start` to `end` uses and does not define. */
export function freeNames(
  script: Script,
  start: number,
  end: number,
): FreeName[] {
  const found = new Map<Variable | string, FreeName>();
  for (const reference of referencesIn(script, start, end)) {
    const { identifier: { name }, resolved } = reference;
    if (resolved !== null && isInside(resolved.scope.block, start, end)) {
      continue;
    }
    const key = resolved ?? name;
    const free = found.get(key) ??
      { name, references: [], variable: resolved ?? undefined };
    free.references.push(reference);
    found.set(key, free);
  }
  return [...found.values()];
}

function isInside(block: Node, start: number, end: number): boolean {
  return start <= block.start && block.end <= end;
}

/** Looks for what is no name and still comes from around a function. */
export function surroundings(root: Node): Surroundings {
  const found: Surroundings = {
    metas: [],
    imports: [],
    receivers: [],
    parents: new Map(),
    obstacle: undefined,
  };
  const declared = new Set<string>();
  const used = new Set<string>();
  // `own`: whether `this` and its like are those of the function itself.
  const visit = (node: Node, own: boolean): void => {
    switch (node.type) {
      case "PrivateIdentifier":
        used.add(node.name as string);
        return;
      case "ThisExpression":
        if (!own) found.receivers.push(node);
        return;
      case "Super":
        if (!own) found.obstacle ??= "super";
        return;
      case "MetaProperty":
        if ((node.meta as Node).name === "import") found.metas.push(node);
        else if (!own) found.obstacle ??= "new.target";
        return;
      case "ImportExpression":
        found.imports.push(node);
        break;
      case "PropertyDefinition":
      case "MethodDefinition": {
        const key = node.key as Node;
        if (key.type === "PrivateIdentifier") declared.add(key.name as string);
        below(node, key, own);
        if (node.value) below(node, node.value as Node, true);
        return;
      }
    }
    const inside = own || node.type === "StaticBlock" ||
      /^Function(Declaration|Expression)$/.test(node.type);
    for (const child of children(node)) below(node, child, inside);
  };
  const below = (parent: Node, node: Node, own: boolean): void => {
    found.parents.set(node, parent);
    visit(node, own);
  };
  const method = root.method as Node | undefined;
  visit(method === undefined ? root : method.value as Node, false);
  if (method !== undefined && usesSuper(method.value as Node)) {
    found.obstacle ??= "super";
  }
  for (const name of used) {
    if (!declared.has(name)) found.obstacle ??= `#${name}`;
  }
  return found;
}

/** Whether a method uses the `super` of its own class or object. */
function usesSuper(node: Node): boolean {
  if (node.type === "Super") return true;
  return children(node).some((child) =>
    !/^(Function|Class)(Declaration|Expression)$/.test(child.type) &&
    usesSuper(child)
  );
}

/** Whether a variable keeps its first value for as long as it is there. */
export function isConstant(variable: Variable | undefined): boolean {
  return variable !== undefined &&
    variable.defs.every(({ parent }) => parent?.kind !== "var") &&
    variable.references.every((reference) =>
      !reference.isWrite() || reference.init === true
    );
}

// The `this` of arrow functions that are fields of an object. The engine does not tell it; but a
// function that `field = () => this.…` made, and that is found in that very field, has it from
// nowhere else.

import type { Node } from "./parser.ts";
import { children, type Script } from "./script.ts";

/** Where an arrow function has its `this` from. */
export interface Receiver {
  /** The class whose objects have it as a field. */
  class: Node;
  /** The name of the field. */
  key: string;
  /** Whether it is a field of the class itself. */
  isStatic: boolean;
}

/** Where an arrow function has its `this` from, if it is a field. */
export function receiverOf(script: Script, node: Node): Receiver | undefined {
  const holder = script.functions.findLast((other) =>
    other.type.startsWith("Class") && contains(other, node)
  );
  if (holder === undefined) return undefined;
  for (const member of (holder.body as Node).body as Node[]) {
    const value = member.value as Node | null | undefined;
    if (!value || !contains(value, node)) continue;
    if (member.type === "PropertyDefinition") {
      const key = keyOf(member);
      return value !== node || key === undefined
        ? undefined
        : { class: holder, key, isStatic: member.static === true };
    }
    if (member.kind !== "constructor") return undefined;
    const key = assignedKey(value.body as Node, node);
    return key === undefined
      ? undefined
      : { class: holder, key, isStatic: false };
  }
  return undefined;
}

/** The name in `this.name = …`, where that assigns a node. */
function assignedKey(within: Node, node: Node): string | undefined {
  // Functions in between have a `this` of their own.
  if (/^(Function|Class)/.test(within.type)) return undefined;
  const left = within.left as Node | undefined;
  if (within.type === "AssignmentExpression" && within.right === node) {
    const isOwn = left?.type === "MemberExpression" &&
      (left.object as Node).type === "ThisExpression";
    return isOwn ? keyOf({ ...left, key: left.property }) : undefined;
  }
  for (const child of children(within)) {
    const found = contains(child, node) ? assignedKey(child, node) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function keyOf({ computed, key }: Node): string | undefined {
  const { type, name, value } = key as Node;
  if (computed === true || type === "PrivateIdentifier") return undefined;
  return type === "Identifier" ? name as string : String(value);
}

function contains(outer: Node, inner: Node): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}

// Instances of classes as captured values: the class goes along, the fields go along, and
// whatever the engine hides in an instance cannot.

import { inspectFunction, scriptUrl } from "./inspector.ts";
import type { Node } from "./parser.ts";
import { scriptOfText } from "./script.ts";
import type { AnyFunction } from "./types.ts";

const known = new WeakMap<object, AnyFunction | string>();

/**
 * The class of an object.
 *
 * @returns It, or in words what makes that the object cannot go along.
 */
export function classOf(value: object): AnyFunction | string {
  const prototype = Object.getPrototypeOf(value);
  let found = known.get(prototype);
  if (found === undefined) {
    known.set(prototype, found = findClass(prototype));
  }
  return found;
}

function findClass(prototype: object): AnyFunction | string {
  const own = constructorOf(prototype);
  if (own === undefined) return "an object with a prototype of its own";
  for (
    let current: object | null = prototype;
    current !== null && current !== Object.prototype;
    current = Object.getPrototypeOf(current)
  ) {
    const constructor = constructorOf(current);
    const details = constructor && inspectFunction(constructor);
    if (
      details === undefined || /^(ext|node):/.test(scriptUrl(details.scriptId))
    ) {
      return `an instance of "${own.name}", which belongs to this process`;
    }
    if (hasPrivateFields(String(constructor))) {
      return `an instance of "${own.name}", whose private fields cannot be read`;
    }
  }
  return own;
}

function constructorOf(prototype: object): AnyFunction | undefined {
  const value: unknown = Object.getOwnPropertyDescriptor(
    prototype,
    "constructor",
  )?.value;
  return typeof value === "function" && value.prototype === prototype
    ? value as AnyFunction
    : undefined;
}

function hasPrivateFields(text: string): boolean {
  const [node] = scriptOfText(text).functions;
  if (!node?.type.startsWith("Class")) return false;
  return ((node.body as Node).body as Node[]).some((
    { key, static: isStatic },
  ) =>
    isStatic !== true && (key as Node | undefined)?.type === "PrivateIdentifier"
  );
}

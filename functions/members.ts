// What a function has as an object, and is not in its code: what was put on it, static fields of a
// class, and what was put on its `prototype`.

import type { AnyFunction } from "./types.ts";

/** It, as it travels; see `setMembers` in `agent/shipped.ts`. */
export interface Members {
  /** What was put on the function itself. */
  own?: object;
  /** What was put on its prototype. */
  members?: object;
  /** What its prototype inherits from, if that is not what functions begin with. */
  base?: object | null;
  /** Its prototype, if it is not the one that it began with. */
  prototype?: unknown;
}

/** Whether a function has anything but its code. */
export function hasMembers(fn: AnyFunction, isClass: boolean): boolean {
  return Object.keys(membersOf(fn, isClass)).length > 0;
}

/** What a function has besides its code. */
export function membersOf(fn: AnyFunction, isClass: boolean): Members {
  const found: Members = {};
  const own = copy(fn, false);
  if (own !== undefined) found.own = own;
  const prototype: unknown = fn.prototype;
  if (typeof prototype !== "object" || prototype === null) return found;
  if (!isClass && !hasFirstPrototype(fn, prototype)) {
    found.prototype = prototype;
    return found;
  }
  const members = copy(prototype, !isClass);
  if (members !== undefined) found.members = members;
  const base: unknown = Object.getPrototypeOf(prototype);
  if (!isClass && !FIRST_BASES.includes(base)) {
    found.base = base as object | null;
  }
  return found;
}

/** The properties of an object in one of their own, those that cannot be enumerated if `all`. */
function copy(from: object, all: boolean): object | undefined {
  const properties: PropertyDescriptorMap = {};
  for (const key of Reflect.ownKeys(from)) {
    const property = Object.getOwnPropertyDescriptor(from, key)!;
    if (key === "constructor" || !all && !property.enumerable) continue;
    properties[key as string] = { ...property, enumerable: true };
  }
  return Reflect.ownKeys(properties).length === 0
    ? undefined
    : Object.create(Object.prototype, properties);
}

/** What the prototypes of generator functions inherit from. */
const GENERATORS: unknown[] = [function* () {}, async function* () {}]
  .map((fn) => Object.getPrototypeOf(fn.prototype));

const FIRST_BASES: unknown[] = [Object.prototype, ...GENERATORS];

/** Whether the prototype of a function is the one that it began with. */
function hasFirstPrototype(fn: AnyFunction, prototype: object): boolean {
  const found = Object.getOwnPropertyDescriptor(prototype, "constructor");
  return found?.value === fn ||
    GENERATORS.includes(Object.getPrototypeOf(prototype));
}

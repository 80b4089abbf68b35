// Instances of classes as captured values: the class goes along, the fields go along, and
// whatever the engine hides in an instance cannot.

import { belongsToRuntime, inspectFunction } from "./inspector.ts";
import { Channel } from "../wire/channel.ts";
import type { Node } from "./parser.ts";
import { globalName } from "./builtins.ts";
import { scriptOfText, textOf } from "./script.ts";
import type { AnyFunction } from "./types.ts";

/** The prototype of all typed arrays. */
const VIEW = Object.getPrototypeOf(Uint8Array.prototype);

const known = new WeakMap<object, AnyFunction | object | string | undefined>();

/**
 * The class of an object, or its prototype if that belongs to no class; in words what makes that
 * the object cannot go along, and nothing if it can without its class.
 *
 * @param value The object.
 * @param base The prototype behind those of its class.
 */
export function classOf(
  value: object,
  base: object,
): AnyFunction | object | string | undefined {
  const prototype = Object.getPrototypeOf(value);
  if (!known.has(prototype)) known.set(prototype, findClass(prototype, base));
  return known.get(prototype);
}

/** The function whose `prototype` this is, unless it belongs to the runtime. */
export function ownClass(prototype: object): AnyFunction | undefined {
  const found = constructorOf(prototype);
  return found === undefined || belongsToRuntime(inspectFunction(found))
    ? undefined
    : found;
}

function findClass(
  prototype: object,
  base: object,
): AnyFunction | object | string | undefined {
  const own = constructorOf(prototype);
  for (
    let current: object | null = prototype;
    current !== null && current !== base && current !== Object.prototype;
    current = Object.getPrototypeOf(current)
  ) {
    const constructor = constructorOf(current);
    if (constructor === undefined) {
      if (holdsRuntime(current)) {
        return "an object with a prototype of the runtime, which belongs to this process";
      }
    } else if (belongsToRuntime(inspectFunction(constructor))) {
      // What is special about a `Buffer` or an error of the runtime is no more than its class.
      const isView = Object.getPrototypeOf(base) === VIEW;
      if (isView && globalName(constructor) !== undefined) continue;
      if (base === Error.prototype || base instanceof Error) return undefined;
      return `an instance of "${
        (own ?? constructor).name
      }", which belongs to this process` + asArgument(prototype);
    } else if (hasPrivateFields(constructor)) {
      return `an instance of "${
        (own ?? constructor).name
      }", whose private fields cannot be read` + asArgument(prototype);
    }
  }
  return own ?? prototype;
}

const LIVE = new Set<object>([
  ReadableStream.prototype,
  WritableStream.prototype,
  Channel.prototype,
]);

/** What to try with a stream or a channel. */
function asArgument(prototype: object): string {
  return LIVE.has(prototype) ? "; give it to the function as an argument" : "";
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

/** Whether an object has methods that no code can have anew. */
function holdsRuntime(prototype: object): boolean {
  return Object.values(Object.getOwnPropertyDescriptors(prototype))
    .some(({ value, get }) =>
      typeof (value ?? get) === "function" &&
      belongsToRuntime(inspectFunction(value ?? get))
    );
}

function hasPrivateFields(constructor: AnyFunction): boolean {
  const [node] = scriptOfText(textOf(constructor)).functions;
  if (!node?.type.startsWith("Class")) return false;
  return ((node.body as Node).body as Node[]).some((
    { key, static: isStatic },
  ) =>
    isStatic !== true && (key as Node | undefined)?.type === "PrivateIdentifier"
  );
}

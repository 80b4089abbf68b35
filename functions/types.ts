// What the files of this folder hand each other.

import type { FunctionName, ShippedFunction } from "../wire/messages.ts";

/** Any function at all. */
// deno-lint-ignore no-explicit-any
export type AnyFunction = (...args: any[]) => unknown;

/** A function that can be called elsewhere. */
export interface FunctionReference {
  /** Its name on the wire, or what takes its place. */
  name: FunctionName | ShippedFunction;
  /** The modules that have to be there. */
  modules: string[];
  /** Keeps those of them that are forgotten when they are many, for when they are sent. */
  keep?(): void;
}

/** A function that is there under a name. */
export interface NamedFunction extends FunctionReference {
  /** Its name on the wire. */
  name: FunctionName;
}

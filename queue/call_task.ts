// The call of a function that waits for its turn: what it sends is what it was when it was queued.
// There may be a hundred thousand of them, so that what needs no copy and no promise has none.

import type { AnyFunction } from "../functions/types.ts";
import { prepareLightly } from "../tunnels/place.ts";
import { snapshot } from "../tunnels/snapshot.ts";
import type { Task } from "./item.ts";

/** Makes the task of a call. */
export function callTask(
  fn: AnyFunction,
  args: unknown[],
  hosts: number,
): Task {
  let prepared: AnyFunction | Promise<AnyFunction>;
  let taken: unknown[];
  try {
    prepared = prepareLightly(fn);
    if (prepared instanceof Promise) ignore(prepared);
    taken = args.every(isPrimitive) ? args : snapshot(args, hosts);
  } catch (error) {
    const ready = Promise.reject(error);
    ignore(ready);
    return { what: "call", ready: () => ready, run: () => ready };
  }
  return prepared instanceof Promise
    ? {
      what: "call",
      ready: () => prepared as Promise<AnyFunction>,
      run: async (tunnel) => await tunnel.call(await prepared, ...taken),
    }
    : { what: "call", run: (tunnel) => tunnel.call(prepared, ...taken) };
}

/** Whether a value cannot change. */
function isPrimitive(value: unknown): boolean {
  return typeof value === "object"
    ? value === null
    : typeof value !== "function" && typeof value !== "symbol";
}

/** Whoever waits for the result of the operation hears of it. */
function ignore(promise: Promise<unknown>): void {
  promise.catch(() => {});
}

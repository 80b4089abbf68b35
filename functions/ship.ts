// How a function is called elsewhere: by name where it has one there, and else by value.

import type { GraphModule } from "../modules/graph.ts";
import type { ModuleSource } from "../modules/module_source.ts";
import { PLAN_URL } from "../wire/shipped.ts";
import { Capture } from "./capture.ts";
import { planModules } from "./plan_module.ts";
import {
  type FunctionDetails,
  inspectFunction,
  isInspectorLoaded,
} from "./inspector.ts";
import { findReference, isPackaged, knownReference } from "./reference.ts";
import { textOf } from "./script.ts";
import type { AnyFunction, FunctionReference, NamedFunction } from "./types.ts";

/** The main module of a notebook and of Deno's prompt. */
const PROMPT = /\/\$deno\$\w*repl\.mts$/;

/** What is known of a function that goes by value. */
interface Known {
  capture: Capture;
  /** Its plan and the code in it, once they are known. */
  modules?: GraphModule[];
  /** Its values, if they never change. */
  values?: Uint8Array;
}

const shipped = new WeakMap<AnyFunction, Known>();
/** What stands for functions that were prepared, as they were then. */
const prepared = new WeakMap<AnyFunction, FunctionReference>();
const standIns = new WeakMap<FunctionReference, AnyFunction>();
const pending = new WeakMap<
  AnyFunction,
  Promise<NamedFunction | undefined>
>();

/**
 * Finds out how to call a function elsewhere. What it captured is read at once, before this
 * returns, so that it is what it was at the time of the call.
 *
 * @param fn The function.
 * @param graph The modules of this program.
 * @param started Resolves when an agent that is coming up has what it needs for that.
 * @throws {SerializationError} If something that it captured cannot be sent.
 * @throws {TypeError} If it cannot be sent itself.
 */
export function shipFunction(
  fn: AnyFunction,
  graph: ModuleSource,
  started: Promise<void>,
): FunctionReference | Promise<FunctionReference> {
  const known = prepared.get(fn) ?? knownReference(fn);
  if (known !== undefined) return known;
  // Cells and lines are run by Deno's own inspector, and asking ours meanwhile ends Deno with a
  // panic; so there, what they captured is read when they first wait.
  return PROMPT.test(Deno.mainModule)
    ? Promise.resolve().then(() => inspectAndShip(fn, graph, started))
    : inspectAndShip(fn, graph, started);
}

function inspectAndShip(
  fn: AnyFunction,
  graph: ModuleSource,
  started: Promise<void>,
): FunctionReference | Promise<FunctionReference> {
  const before = shipped.get(fn);
  if (before?.capture.refresh()) return ship(fn, before, graph);
  // The first look blocks this thread for 40 ms, in which the agent could start if it had its
  // code. A function of another module can wait for that.
  if (!isInspectorLoaded() && isImported(fn)) {
    return started.then(() => findOrCapture(fn, graph));
  }
  const details = inspectFunction(fn);
  return details !== undefined && isPackaged(details)
    ? findOrCapture(fn, graph)
    : captureAnew(fn, graph, details);
}

/**
 * Finds out once how to call a function in many places, at many times. What it captured stays what
 * it was when this was called.
 *
 * @returns What stands for it in calls: at once, if that is known already.
 * @throws {SerializationError} If something that it captured cannot be sent.
 * @throws {TypeError} If it cannot be sent itself.
 */
export function prepareFunction(
  fn: AnyFunction,
  graph: ModuleSource,
): AnyFunction | Promise<AnyFunction> {
  const reference = shipFunction(fn, graph, Promise.resolve());
  return reference instanceof Promise
    ? reference.then(standInFor)
    : standInFor(reference);
}

/** One function for each reference, as many calls may wait with the same. */
function standInFor(reference: FunctionReference): AnyFunction {
  let standIn = standIns.get(reference);
  if (standIn === undefined) {
    standIn = (): never => {
      throw new TypeError("Cannot call a prepared function here");
    };
    standIns.set(reference, standIn);
    prepared.set(standIn, reference);
  }
  return standIn;
}

/** Whether a function is one that a module declares and the main module imports by its name. */
function isImported(fn: AnyFunction): boolean {
  if (!/^(async )?function\b/.test(textOf(fn))) return false;
  try {
    const main = Deno.readTextFileSync(new URL(Deno.mainModule));
    const name = fn.name.replaceAll("$", "\\$");
    return new RegExp(`\\bimport\\b[^;'"]*[{,\\s]${name}[},\\s]`).test(main);
  } catch {
    return false; // The main module is no file.
  }
}

async function findOrCapture(
  fn: AnyFunction,
  graph: ModuleSource,
): Promise<FunctionReference> {
  let found = pending.get(fn);
  if (found === undefined) {
    // Many calls may begin before the first has found out.
    pending.set(fn, found = findReference(fn, graph));
    found.catch(() => {}).finally(() => pending.delete(fn));
  }
  const reference = await found;
  return reference === undefined
    ? await captureAnew(fn, graph)
    : callable(fn, reference);
}

function captureAnew(
  fn: AnyFunction,
  graph: ModuleSource,
  details?: FunctionDetails,
): FunctionReference | Promise<FunctionReference> {
  const capture = new Capture(fn, details);
  const root = capture.units[capture.root]!;
  if (root.kind === "reference") return callable(fn, root.reference);
  return ship(fn, { capture }, graph);
}

/** Methods of the runtime can go along, and yet not be called alone. */
function callable(fn: AnyFunction, reference: NamedFunction): NamedFunction {
  const { name } = reference;
  if (!("builtin" in name && name.builtin.includes(".prototype."))) {
    return reference;
  }
  throw new TypeError(
    `Cannot send the function "${fn.name}": it belongs to the runtime and needs an object to work on; ` +
      `send a function that calls it`,
  );
}

function ship(
  fn: AnyFunction,
  known: Known,
  graph: ModuleSource,
): FunctionReference | Promise<FunctionReference> {
  const { capture } = known;
  // Encoding may find more functions than there were, and then fail: what is half known is not.
  shipped.delete(fn);
  const values = known.values ?? capture.encode();
  if (values === undefined) return captureAnew(fn, graph);
  if (capture.isImmutable) known.values = values;
  shipped.set(fn, known);
  const refer = ([plan, ...code]: GraphModule[]): FunctionReference => {
    const keep = () => {
      for (const module of [plan!, ...code]) graph.keep(module);
    };
    keep();
    return {
      keep,
      name: {
        plan: plan!.url.slice(PLAN_URL.length),
        ...(capture.isEmpty ? {} : { values }),
      },
      modules: [plan!.url],
    };
  };
  if (known.modules !== undefined) return refer(known.modules);
  return planModules(capture, graph).then((modules) =>
    refer(known.modules = modules)
  );
}

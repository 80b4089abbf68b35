// How a function is called elsewhere: by name where it has one there, and else by value.

import type { ModuleGraph } from "../modules/graph.ts";
import type { ShippedUnit } from "../wire/messages.ts";
import { Capture, type Unit } from "./capture.ts";
import { codeModule } from "./code_module.ts";
import { inspectFunction, isInspectorLoaded } from "./inspector.ts";
import { findReference, knownReference, mayBeExported } from "./reference.ts";
import type { AnyFunction, FunctionReference } from "./types.ts";

/** What is known of a function that goes by value. */
interface Plan {
  capture: Capture;
  /** Its units on the wire and the modules they need, once they are known. */
  ready?: { units: ShippedUnit[]; modules: string[] };
  /** Its values, if they never change. */
  values?: Uint8Array;
}

const plans = new WeakMap<AnyFunction, Plan>();
const pending = new WeakMap<
  AnyFunction,
  Promise<FunctionReference | undefined>
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
  graph: ModuleGraph,
  started: Promise<void>,
): FunctionReference | Promise<FunctionReference> {
  const known = knownReference(fn);
  if (known !== undefined) return known;
  const plan = plans.get(fn);
  if (plan !== undefined) return ship(fn, plan, graph);
  // The first look blocks this thread for 40 ms, in which the agent could start if it had its
  // code. A function that is declared and not just written down is most likely a module's own, and
  // captured nothing that changes in that time.
  if (!isInspectorLoaded() && /^(async )?function\b/.test(String(fn))) {
    return started.then(() => findOrCapture(fn, graph));
  }
  const details = inspectFunction(fn);
  return details !== undefined && mayBeExported(details)
    ? findOrCapture(fn, graph)
    : captureAnew(fn, graph);
}

async function findOrCapture(
  fn: AnyFunction,
  graph: ModuleGraph,
): Promise<FunctionReference> {
  let found = pending.get(fn);
  if (found === undefined) {
    // Many calls may begin before the first has found out.
    pending.set(fn, found = findReference(fn, graph));
    found.catch(() => {}).finally(() => pending.delete(fn));
  }
  return await found ?? await captureAnew(fn, graph);
}

function captureAnew(
  fn: AnyFunction,
  graph: ModuleGraph,
): FunctionReference | Promise<FunctionReference> {
  const capture = new Capture(fn);
  const root = capture.units[capture.root]!;
  if (root.kind === "reference") return root.reference;
  return ship(fn, { capture }, graph);
}

function ship(
  fn: AnyFunction,
  plan: Plan,
  graph: ModuleGraph,
): FunctionReference | Promise<FunctionReference> {
  const { capture } = plan;
  const values = plan.values ?? capture.encode();
  if (values === undefined) {
    plans.delete(fn);
    return captureAnew(fn, graph);
  }
  if (capture.isImmutable) plan.values = values;
  if (capture.isLasting) plans.set(fn, plan);
  if (plan.ready !== undefined) {
    const { units, modules } = plan.ready;
    return { name: { units, root: capture.root, values }, modules };
  }
  return prepare(capture, graph).then((ready) => {
    plan.ready = ready;
    const { units, modules } = ready;
    return { name: { units, root: capture.root, values }, modules };
  });
}

async function prepare(
  { units }: Capture,
  graph: ModuleGraph,
): Promise<NonNullable<Plan["ready"]>> {
  const modules = new Set<string>();
  const shipped = await Promise.all(
    units.map(async (unit): Promise<ShippedUnit> => {
      switch (unit.kind) {
        case "reference":
          for (const module of unit.reference.modules) modules.add(module);
          return unit.reference.name as ShippedUnit;
        case "bound":
          return { target: unit.target, cells: unit.cells };
        case "code":
          return await shipCode(unit, graph, modules);
      }
    }),
  );
  return { units: shipped, modules: [...modules] };
}

async function shipCode(
  { site, code, cells, early, properties }: Unit & { kind: "code" },
  graph: ModuleGraph,
  modules: Set<string>,
): Promise<ShippedUnit> {
  const { url } = await codeModule(site, code, graph);
  modules.add(url);
  return { code: url, cells, early, properties: properties ?? null };
}

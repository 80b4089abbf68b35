// A place as a tunnel and all its views share it: how to get there, and the connection while
// there is one.

import { realmGlobals } from "../agent/realm_globals.ts";
import { ForwardedGraph } from "../modules/forwarded_graph.ts";
import { ModuleGraph } from "../modules/graph.ts";
import type { ModuleSource } from "../modules/module_source.ts";
import { prepareFunction, shipFunction } from "../functions/ship.ts";
import type { AnyFunction } from "../functions/types.ts";
import { translatePlaces } from "../modules/stack.ts";
import { SerializationError } from "../wire/errors.ts";
import type { Carrier } from "./carrier.ts";
import { Connection } from "./connection.ts";
import type { CallEnvironment } from "./realm_slots.ts";
import { RemoteError } from "./errors.ts";
import { logToStderr, sanitize } from "./log.ts";
import { abortable } from "./operation.ts";
import { snapshot } from "./snapshot.ts";
import type { TunnelOptions } from "./options.ts";

const realm = realmGlobals();

/** The modules of this program, which all tunnels share. */
const graph: ModuleSource = realm === undefined
  ? new ModuleGraph()
  : new ForwardedGraph(realm.modules);

/** What stands for a function, as it is now, in calls of any tunnels. */
export async function prepare(fn: AnyFunction): Promise<AnyFunction> {
  return await prepareFunction(fn, graph);
}

/** The same, and without a promise where none is needed: many calls may wait for their turn. */
export function prepareLightly(
  fn: AnyFunction,
): AnyFunction | Promise<AnyFunction> {
  return prepareFunction(fn, graph);
}

/** Where a tunnel leads. */
export class Place {
  /** Its name. */
  readonly host: string;
  /** How to run a command there. */
  readonly carrier: Carrier;
  /** How to use it. */
  readonly options: TunnelOptions;

  #connection: Connection | undefined;

  constructor(host: string, carrier: Carrier, options: TunnelOptions) {
    this.host = host;
    this.carrier = carrier;
    this.options = options;
  }

  /** How long connecting may take, in milliseconds. */
  get connectTimeout(): number {
    return this.options.connectTimeout ?? 30_000;
  }

  /** Whether there is a connection now. */
  get connected(): boolean {
    return this.#connection?.isOpen ?? false;
  }

  /** The connection, which begins to come up now if there is none. */
  connection(): Connection {
    if (this.#connection?.isOpen) return this.#connection;
    const { runtime = "auto", permissions, env, cwd, depthLimit } =
      this.options;
    return this.#connection = new Connection({
      host: this.host,
      carrier: this.carrier,
      graph,
      log: this.options.onLog ?? logToStderr,
      connectTimeout: this.connectTimeout,
      keepAlive: this.options.keepAlive ?? 15_000,
      grace: this.options.grace ?? 500,
      ...(runtime === "auto" ? {} : { runtime }),
      ...(permissions === undefined ? {} : { permissions }),
      ...(env === undefined ? {} : { env }),
      ...(cwd === undefined ? {} : { cwd }),
      ...(depthLimit === undefined ? {} : { depthLimit }),
    });
  }

  /** Closes the connection if there is one. */
  async close(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    await connection?.close();
  }

  /** Runs a function. */
  async call(
    fn: AnyFunction,
    args: unknown[],
    signal: AbortSignal | undefined,
    environment: CallEnvironment | undefined,
  ): Promise<unknown> {
    const connection = this.connection();
    let shipped = shipFunction(fn, graph, connection.started);
    if (shipped instanceof Promise) {
      args = snapshot(args);
      shipped = await abortable(shipped, signal);
    }
    const reply = await connection.call(shipped, args, signal, environment);
    if ("value" in reply) return reply.value;
    const { error } = reply.failure;
    makeReadable(error, new Set());
    if (isSerializationError(error)) {
      throw new SerializationError(error.message, error.path);
    }
    throw new RemoteError(error, [this.host, ...hostsBehind(error)]);
  }
}

/** The hosts that an error passed on its way to the one that it came from, if it did. */
function hostsBehind(error: unknown): string[] {
  if (!Error.isError(error)) return [];
  const { path, stack } = error as { path?: unknown; stack?: string };
  const isPath = Array.isArray(path) && path.length > 0 &&
    path.every((host) => typeof host === "string");
  // An error of another kind may have a path too, but not this line.
  return isPath && stack?.includes(`\n    at [${path.join(" > ")}]\n`)
    ? path.map(sanitize)
    : [];
}

/**
 * Puts the controller's own places into the stacks of an error and its causes, and takes out what
 * a terminal would obey: an error that nobody catches is printed as it is.
 */
function makeReadable(error: unknown, seen: Set<unknown>): void {
  if (typeof error !== "object" || error === null || seen.has(error)) return;
  seen.add(error);
  if (!Error.isError(error)) {
    // Whatever was thrown, or is the cause, may hold errors that get printed with it.
    const held = error instanceof Map
      ? [...error].flat()
      : Object.values(error);
    for (const inner of held) makeReadable(inner, seen);
    return;
  }
  const original = error as Error & { errors?: unknown };
  for (const key of ["name", "message", "stack"] as const) {
    const text = sanitize(translatePlaces(String(original[key]), graph));
    if (text !== original[key]) {
      Object.defineProperty(original, key, {
        value: text,
        writable: true,
        configurable: true,
      });
    }
  }
  makeReadable(original.cause, seen);
  makeReadable(original.errors, seen);
}

function isSerializationError(error: unknown): error is SerializationError {
  return Error.isError(error) &&
    (error as Error).name === "SerializationError" &&
    typeof (error as { path?: unknown }).path === "string";
}

// A place as a tunnel and all its views share it: how to get there, and the connection while
// there is one.

import { realmGlobals } from "../agent/realm_globals.ts";
import { ForwardedGraph } from "../modules/forwarded_graph.ts";
import { ModuleGraph } from "../modules/graph.ts";
import type { ModuleSource } from "../modules/module_source.ts";
import { prepareFunction, shipFunction } from "../functions/ship.ts";
import type { AnyFunction } from "../functions/types.ts";
import { abortable } from "../wire/abortable.ts";
import type { Carrier } from "./carrier.ts";
import { Connection } from "./connection.ts";
import type { CallOptions } from "./remote_call.ts";
import { logToStderr } from "./log.ts";
import { remoteFailure } from "./remote_failure.ts";
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
      remoteError: (thrown) => remoteFailure(thrown, this.host, graph),
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
  call(
    fn: AnyFunction,
    args: unknown[],
    options: CallOptions,
  ): Promise<unknown> {
    const connection = this.connection();
    const shipped = shipFunction(fn, graph, connection.started);
    if (!(shipped instanceof Promise)) {
      return connection.call(shipped, args, options);
    }
    args = snapshot(args);
    const ship = async () => {
      const fn = await abortable(shipped, options.signal);
      return await connection.call(fn, args, options);
    };
    return ship();
  }
}

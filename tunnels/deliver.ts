// Messages of a far side on their way to whoever takes them.

import type { ModuleSource } from "../modules/module_source.ts";
import { translatePlaces } from "../modules/stack.ts";
import type { LogRecord, LogSink } from "./log.ts";

/** Where messages come from and go to. */
export interface Delivery {
  /** The host. */
  host: string;
  /** The modules whose places may be in a message. */
  graph: ModuleSource;
  /** Takes them. */
  log: LogSink;
}

/** Delivers a message, with places as their author knows them. */
export function deliver(
  { host, graph, log }: Delivery,
  level: LogRecord["level"],
  text: string,
): void {
  const readable = translatePlaces(text, graph);
  try {
    log({ host, level, text: readable });
  } catch (error) {
    reportError(error); // That of the sink, which must not end the tunnel.
  }
}

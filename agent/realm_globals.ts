// What forwarded code and tongs itself find of the realm that they run in; on the controller there
// is none.

import type { ModuleRecord } from "../wire/messages.ts";
import type { Remote } from "./remote.ts";

/** What a realm keeps for the code in it. */
export interface RealmGlobals {
  /** What code can learn about where it runs. */
  remote: Remote;
  /** How deep tunnels may nest. */
  depthLimit: number;
  /** Takes what follows a call through its asynchronous steps. */
  track(storage: unknown): void;
  /** Imports what a specifier means in a forwarded module. */
  import(
    referrer: string,
    specifier: unknown,
  ): Promise<Record<string, unknown>>;
  /** What `import.meta` is in a forwarded module. */
  meta(url: string): Record<string, unknown>;
  /** The forwarded modules themselves, for agents that this realm starts. */
  modules: ForwardedModules;
}

/** The forwarded modules of a realm. */
export interface ForwardedModules {
  /** A module that is here, as it was sent. */
  record(url: string): ModuleRecord | undefined;
  /** Asks the controller for a module, and returns its address. */
  need(specifier: string, referrer: string): Promise<string>;
  /** The address of the module that the runtime knows by another one. */
  urlOf(address: string): string | undefined;
  /** The address of a module, by what it is as an object. */
  urlOfNamespace(namespace: object): string | undefined;
  /** The module that an `import()` belongs to, which was handed to code. */
  referrerOf(importer: unknown): string | undefined;
}

/** What the realm keeps that this code runs in, if it runs in one. */
export function realmGlobals(): RealmGlobals | undefined {
  return (globalThis as Record<symbol, unknown>)[Symbol.for("tongs")] as
    | RealmGlobals
    | undefined;
}

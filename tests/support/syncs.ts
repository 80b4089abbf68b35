// What tests of `sync` and `syncFrom` share: each behaviour is held in both directions.

import {
  Local,
  type SyncOptions,
  type SyncResult,
  type Tunnel,
} from "../../mod.ts";
import { type Scratch, scratch } from "./trees.ts";

/** One of both directions. */
export interface Way {
  /** Its name. */
  name: string;
  /** Copies a directory, one of both through a tunnel. */
  copy(
    tunnel: Tunnel,
    from: string,
    to: string,
    options?: SyncOptions,
  ): Promise<SyncResult>;
}

/** Both directions. */
export const WAYS: Way[] = [
  {
    name: "sync",
    copy: (tunnel, from, to, options) => tunnel.sync(from, to, options),
  },
  {
    name: "syncFrom",
    copy: (tunnel, from, to, options) => tunnel.syncFrom(from, to, options),
  },
];

/** Copies a directory of a scratch to another. */
export type Copy = (
  from: string,
  to: string,
  options?: SyncOptions,
) => Promise<SyncResult>;

/** A test of both ways. */
export function both(
  name: string,
  run: (copy: Copy, files: Scratch) => Promise<void>,
): void {
  for (const way of WAYS) {
    Deno.test(`${way.name}: ${name}`, async () => {
      await using files = await scratch();
      await using here = new Local();
      await run(
        (from, to, options) =>
          way.copy(here, files.at(from), files.at(to), options),
        files,
      );
    });
  }
}

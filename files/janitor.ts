// Removes what this process was writing when it is killed, on the side of the controller: a shell
// that is there while files are being written, and no longer.

import type { Release } from "./atomic_file.ts";
import { LastWill } from "./last_will.ts";

interface Shared {
  will: LastWill;
  users: number;
}

let shared: Shared | undefined;

/**
 * Sees to it that a file goes with this process. Where no shell may be run, the end of this process
 * by a signal that it cannot handle would leave it.
 *
 * @param path Its absolute path.
 * @returns Lets go of it.
 */
export async function hold(path: string): Promise<Release> {
  if (!mayRun()) return () => {};
  const own = shared ??= { will: new LastWill(), users: 0 };
  own.users++;
  const release = await own.will.hold(path);
  return async () => {
    release();
    if (--own.users > 0) return;
    if (shared === own) shared = undefined;
    await own.will.end();
  };
}

function mayRun(): boolean {
  const { state } = Deno.permissions.querySync({ name: "run", command: "sh" });
  return state === "granted";
}

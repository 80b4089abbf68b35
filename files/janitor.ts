// Removes what this process was writing when it is killed, on the side of the controller: a shell
// that is there while files are being written, and no longer.

import { LastWill } from "./last_will.ts";

let will: LastWill | undefined;
let users = 0;

/**
 * Sees to it that a file goes with this process. Where no shell may be run, only the end of this
 * process by a signal that it cannot handle would leave it.
 *
 * @param path Its absolute path.
 * @returns Lets go of it.
 */
export async function hold(path: string): Promise<() => void> {
  if (!mayRun()) return () => {};
  users++;
  try {
    const release = await (will ??= new LastWill()).hold(path);
    return () => {
      release();
      leave();
    };
  } catch {
    leave(); // It has none, or was killed itself.
    will = undefined;
    return () => {};
  }
}

function leave(): void {
  if (--users > 0) return;
  will?.end();
  will = undefined;
}

function mayRun(): boolean {
  const { state } = Deno.permissions.querySync({ name: "run", command: "sh" });
  return state === "granted";
}

// Who is logged in on a machine.

import { runCommand } from "./run_command.ts";

/** A login session from {@linkcode users}. */
export interface User {
  /** Name of the account. */
  name: string;
  /** Terminal of the session, such as `pts/0`. */
  terminal: string;
  /** Where the user came from: an address, a host name or a display. */
  from?: string | undefined;
}

/**
 * Returns who is logged in, as `who` tells it.
 *
 * @returns One entry for each session; none where there is no `who`.
 * @throws {Deno.errors.NotCapable} If `--allow-run=who` is not given.
 *
 * @example Usage
 * ```ts
 * import { users } from "@tongs/tongs/facts";
 * import { assert } from "@std/assert";
 *
 * assert((await users()).every(({ name }) => name.length > 0));
 * ```
 */
export async function users(): Promise<User[]> {
  const text = await runCommand("who", [], 3000);
  const rows = text.matchAll(
    /^(\S+) +(.+?) +(?:\d{4}-\d\d-\d\d|[A-Z][a-z]+ +\d+) [\d:]{5,8}(.*)$/gm,
  );
  return Array.from(rows, ([, name, middle, end]) => ({
    name: name!,
    // systemd puts a service before the terminal, BusyBox the idle time after.
    terminal: middle!.replace(/ {2}.*/, "").replace(/.* /, ""),
    from: end!.trim().replace(/^\((.*)\)$/, "$1") || undefined,
  }));
}

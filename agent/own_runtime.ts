// A program made by `deno compile` is the runtime of the agents that it starts on its own machine.
// Whoever imports tongs gets this first, so that such a program becomes an agent, and does not
// start once more, and then again.

import { realmGlobals } from "./realm_globals.ts";
import { AGENT_ARGUMENT } from "./stage0.ts";

if (
  Deno.build.standalone && Deno.args[0] === AGENT_ARGUMENT &&
  realmGlobals() === undefined
) {
  const { boot } = await import("./boot.ts");
  await boot(Deno.args.slice(1));
  Deno.exit();
}

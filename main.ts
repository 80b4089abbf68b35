// The program's entry. An agent must come up fast, so that nothing of the command line is loaded
// for one.

import { AGENT_ARGUMENT } from "./agent/stage0.ts";

if (Deno.args[0] === AGENT_ARGUMENT) {
  const { boot } = await import("./agent/boot.ts");
  await boot(Deno.args.slice(1));
} else {
  const { main } = await import("./cli/main.ts");
  Deno.exitCode = await main(Deno.args);
}

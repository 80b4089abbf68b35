// A controller for tests to end: it transfers a file that takes for ever, and says so.
import { Local, SSH } from "../../mod.ts";

const [op, source, target, config] = Deno.args as [
  "put" | "fetch",
  string,
  string,
  string?,
];
const tunnel = config === undefined
  ? new Local("here")
  : new SSH("host", { config, runtime: Deno.execPath() });
console.log(`agent ${(await tunnel.info()).pid}`);
await tunnel[op](source, target);

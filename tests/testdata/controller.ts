// A controller for tests to end: it starts a call that never returns and says so.
import { Local, SSH } from "../../mod.ts";
import { spinWithChild } from "./functions.ts";

const [config] = Deno.args;
const onLog = ({ text }: { text: string }) => console.log(text);
const tunnel = config === undefined
  ? new Local("here", { onLog })
  : new SSH("host", { config, runtime: Deno.execPath(), onLog });
const call = tunnel.call(spinWithChild);
console.log(`agent ${(await tunnel.info()).pid}`);
await call;

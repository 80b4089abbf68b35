// A frame there and back, as far as the supervisor or as far as the realm: what of a call is the way.

import { commandCarrier } from "../../tunnels/carrier.ts";
import { AgentProcess } from "../../tunnels/agent_process.ts";
import { awaitMagic } from "../../tunnels/handshake.ts";
import { launch } from "../../tunnels/launch.ts";
import { encodeValue } from "../../wire/encode_value.ts";
import { FrameType } from "../../wire/frame.ts";
import { MAX_MESSAGE_SIZE, PROTOCOL_VERSION } from "../../wire/limits.ts";
import { Link } from "../../wire/link.ts";
import { serveRounds } from "./lines.ts";

const [count, end] = Deno.args;
/** Nothing is there under the first number; the second one belongs to the first realm. */
const stream = end === "supervisor" ? 1 : 32;

const carrier = commandCarrier((argv) => [...argv], true);
const { argv, preamble, magic } = launch({
  host: "here",
  runtime: Deno.execPath(),
  grace: 500,
  keepAlive: 0,
});
const process = new AgentProcess("here", carrier, argv, console.error);
await process.write(preamble);
let pong = Promise.withResolvers<void>();
const link = new Link(process, (type) => {
  if (type === FrameType.Pong) pong.resolve();
});
const hello = { version: PROTOCOL_VERSION, maxMessageSize: MAX_MESSAGE_SIZE };
link.send(FrameType.Hello, 0, encodeValue(hello));
const handshake = await awaitMagic(() => process.read(), magic);
if (typeof handshake === "string") throw new Error("There is no agent");
link.run(handshake.head);

async function ping(): Promise<void> {
  pong = Promise.withResolvers();
  link.send(FrameType.Ping, stream);
  await pong.promise;
}

await ping();
await serveRounds(async () => {
  for (let i = 0; i < Number(count); i++) await ping();
});
process.kill();
Deno.exit();

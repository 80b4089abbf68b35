// The floor of a call: 64 bytes to `cat` and back, with what Deno has for it.

import { HOST } from "../bench.ts";
import { serveRounds } from "./lines.ts";

const [way, config = "", calls] = Deno.args;

const [program, ...args] = way === "ssh"
  ? ["ssh", "-F", config, HOST, "cat"]
  : ["cat"];
const child = new Deno.Command(program!, {
  args,
  stdin: "piped",
  stdout: "piped",
}).spawn();
const writer = child.stdin.getWriter();
const reader = child.stdout.getReader({ mode: "byob" });
const bytes = new Uint8Array(64);
let buffer = new Uint8Array(256);

async function roundTrip(): Promise<void> {
  await writer.write(bytes);
  let count = 0;
  while (count < bytes.length) {
    const { value } = await reader.read(buffer);
    if (value === undefined) throw new Error("Cannot measure: cat has ended");
    count += value.length;
    buffer = new Uint8Array(value.buffer);
  }
}

await roundTrip();
await serveRounds(async () => {
  for (let i = 0; i < Number(calls); i++) await roundTrip();
});
await writer.close();
await child.status;

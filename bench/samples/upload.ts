// Prints how long some bytes take to the other side of an established ssh, and an answer back.

import { HOST } from "../bench.ts";

const [config = "", size = ""] = Deno.args;

const ssh = new Deno.Command("ssh", {
  args: ["-F", config, HOST, `echo ready; head -c ${size} | wc -c`],
  stdin: "piped",
  stdout: "piped",
}).spawn();
const writer = ssh.stdin.getWriter();
const reader = ssh.stdout.getReader();
const bytes = new Uint8Array(Number(size));
for (let i = 0; i < bytes.length; i += 65536) {
  crypto.getRandomValues(bytes.subarray(i, i + 65536));
}
await reader.read();
const start = performance.now();
await writer.write(bytes);
await reader.read();
console.log(performance.now() - start);
await writer.close();
await reader.cancel();
await ssh.status;

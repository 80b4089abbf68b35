// What a producer of a million and its slow reader take in memory, beyond what they took before, in
// MiB: the larger one of controller and realm.

import { Local } from "../../mod.ts";

/** A record of some 100 bytes. */
function* records(count: number) {
  for (let i = 0; i < count; i++) yield { i, text: "x".repeat(80) };
}

/** The memory of this process, in MiB. */
function resident(): number {
  const status = Deno.readTextFileSync("/proc/self/status");
  return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024;
}

await using tunnel = new Local();
for (let i = 0; i < 3; i++) {
  await Array.fromAsync(tunnel.stream(records, 1000)); // Its code has run then.
}
const before = [resident(), await tunnel.call(resident)];
const reader = tunnel.stream(records, 1_000_000).getReader();
for (let i = 0; i < 5; i++) {
  await reader.read();
  await new Promise((resolve) => setTimeout(resolve, 1000));
}
const after = [resident(), await tunnel.call(resident)];
console.log(Math.max(...after.map((mib, i) => mib - before[i]!)));
await reader.cancel();

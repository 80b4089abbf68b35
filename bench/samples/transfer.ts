// Puts or fetches a file in each round, over an established connection, and says what it took:
// seconds, or how much this process grew in MiB, or the p99 of calls beside it over that at rest.

import { SSH } from "../../mod.ts";
import { HOST } from "../bench.ts";
import { nothing } from "./greeting.ts";
import { serveRounds } from "./lines.ts";

const [what, op, config, source, target] = Deno.args as [
  "time" | "memory" | "latency",
  "put" | "fetch",
  ...string[],
];

await using tunnel = new SSH(HOST, { config: config! });

async function transfer(): Promise<void> {
  await tunnel[op](source!, target!);
}

/** The 99th of 100 calls, in milliseconds, of as many as fit. */
async function p99(isOver: () => boolean): Promise<number> {
  const taken: number[] = [];
  while (!isOver() || taken.length < 200) {
    const start = performance.now();
    await tunnel.call(nothing);
    taken.push(performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return taken.sort((a, b) => a - b)[Math.floor(taken.length * 0.99)]!;
}

/** What it grew by, at most. */
async function growth(): Promise<number> {
  const before = Deno.memoryUsage().rss;
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, Deno.memoryUsage().rss);
  }, 10);
  await transfer();
  clearInterval(timer);
  return (most - before) / 2 ** 20;
}

async function latency(): Promise<number> {
  const end = performance.now() + 2000;
  const rest = await p99(() => performance.now() > end);
  let isOver = false;
  const done = transfer().finally(() => isOver = true);
  const busy = await p99(() => isOver);
  await done;
  return busy / rest;
}

await tunnel.put(new Uint8Array(100_000), `${target}.first`);
await tunnel.fetch(`${target}.first`, `${target}.first`);
for (let i = 0; i < 200; i++) await tunnel.call(nothing);
await serveRounds(async () => {
  if (what === "time") await transfer();
  return what === "memory"
    ? await growth()
    : what === "latency"
    ? await latency()
    : undefined;
});

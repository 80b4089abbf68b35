// A controller that is attacked, in a process of its own so that its memory can be told.
import { Local } from "../../mod.ts";
import { Hostile } from "../support/hostile.ts";
import { echo } from "./functions.ts";

await using good = new Local("good");
const outcomes: Record<string, string> = {};
for (const scenario of Deno.args) {
  await using hostile = new Hostile(scenario, { connectTimeout: 120_000 });
  outcomes[scenario] = await hostile.call(echo, 1).then(
    (value) => `resolved to ${value}`,
    (error) => `${error.name}: ${error.message}`,
  );
  if (await good.call(echo, scenario) !== scenario) throw new Error("lost");
}
const status = await Deno.readTextFile("/proc/self/status");
const peak = Number(/VmHWM:\s+(\d+)/.exec(status)![1]) / 1024;
console.log(JSON.stringify({ outcomes, peak }));

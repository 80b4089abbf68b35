// Prints the proportional set size in MiB of an agent that has had one call and a rest of 2 s.

import { Local } from "../../mod.ts";
import { descendants } from "../../tests/support/processes.ts";
import { nothing } from "./greeting.ts";

const [runtime = "", what] = Deno.args;

function proportionalSize(pid: number): number {
  const text = Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`);
  return Number(/^Pss: +(\d+) kB$/m.exec(text)![1]) / 1024;
}

function role(pid: number, supervisor: number): string {
  if (pid === supervisor) return "supervisor";
  const command = Deno.readTextFileSync(`/proc/${pid}/cmdline`);
  return command.includes("tongs-watchdog") ? "watchdog" : "realm";
}

await using here = new Local("idle", { runtime });
await here.call(nothing);
await new Promise((resolve) => setTimeout(resolve, 2000));
const { pid } = await here.info();
const pids = [pid, ...descendants(pid)].filter((other) =>
  what === "together" || role(other, pid) === what
);
console.log(pids.reduce((sum, pid) => sum + proportionalSize(pid), 0));

// Prints how long connect and first call take in a program that has just started, or in one that
// has connected before.

import { Local, SSH, type Tunnel } from "../../mod.ts";
import { HOST } from "../bench.ts";
import { greet } from "./greeting.ts";

const [way, config = "", what, again] = Deno.args;

function open(name: string): Tunnel {
  return way === "ssh" ? new SSH(HOST, { config, name }) : new Local(name);
}

async function connect(name: string): Promise<number> {
  const start = performance.now();
  await using tunnel = open(name);
  await (what === "module" ? tunnel.call(greet, "all") : tunnel.call(Deno.cwd));
  return performance.now() - start;
}

const first = await connect("first");
console.log(again === undefined ? first : await connect("second"));

// Prints how long the first call of a function with many modules takes once the connection is up.

import { SSH } from "../../mod.ts";
import { HOST } from "../bench.ts";
import { nothing } from "./greeting.ts";

const [config = "", path = ""] = Deno.args;

const { total } = await import(`file://${path}`);
await using tunnel = new SSH(HOST, { config });
await tunnel.call(nothing);
const start = performance.now();
const result = await tunnel.call(total as (x: number) => number, 1);
const end = performance.now();
if (result !== total(1)) throw new Error("Cannot measure: the sum is wrong");
console.log(end - start);

// Prints how long the first call of a function with many modules takes once the connection is up; or
// how many modules were sent for it, or how often the far side asked for any.

import { SSH } from "../../mod.ts";
import { ModuleProvider } from "../../modules/provider.ts";
import { HOST } from "../bench.ts";
import { nothing } from "./greeting.ts";

const [config = "", path = "", what = "time"] = Deno.args;

let requests = 0;
const { answer } = ModuleProvider.prototype;
ModuleProvider.prototype.answer = function (need) {
  requests++;
  return answer.call(this, need);
};

const { total } = await import(`file://${path}`);
await using tunnel = new SSH(HOST, { config });
await tunnel.call(nothing);
const start = performance.now();
const result = await tunnel.call(total as (x: number) => number, 1);
const end = performance.now();
if (result !== total(1)) throw new Error("Cannot measure: the sum is wrong");
if (what === "time") console.log(end - start);
else if (what === "requests") console.log(requests);
else {
  const { ModuleGraph } = await import("../../modules/graph.ts");
  console.log((await new ModuleGraph().closure(`file://${path}`)).length);
}

// Calls functions that are all different, and prints the memory in MiB that both sides really use,
// as it was after each part of them.

import { Local } from "../../mod.ts";

const [how = "", parts = "", calls = ""] = Deno.args;

/** So many at once, so that it takes less time. */
const AT_ONCE = 100;

const closureOf = (n: number) => () => n;
const codeOf = (n: number) => new Function(`return ${n}`) as () => number;
const make = how === "closures" ? closureOf : codeOf;

/** The memory of this process in MiB, without what V8 has not cleared away yet. */
function used(): number {
  const { process } = globalThis as unknown as {
    process: {
      getBuiltinModule(name: "node:v8"): typeof import("node:v8");
      getBuiltinModule(name: "node:vm"): typeof import("node:vm");
    };
  };
  process.getBuiltinModule("node:v8").setFlagsFromString("--expose-gc");
  const vm = process.getBuiltinModule("node:vm");
  const collect = vm.runInNewContext("gc") as () => void;
  collect();
  collect();
  const { heapUsed, external } = Deno.memoryUsage();
  return (heapUsed + external) / 2 ** 20;
}

await using here = new Local();
const sizes: { controller: number; realm: number }[] = [];
let next = 0;
for (let part = 0; part < Number(parts); part++) {
  for (let i = 0; i < Number(calls); i += AT_ONCE) {
    const numbers = Array.from({ length: AT_ONCE }, () => next++);
    const results = await Promise.all(numbers.map((n) => here.call(make(n))));
    if (results.some((result, i) => result !== numbers[i])) {
      throw new Error("Cannot measure: a result is wrong");
    }
  }
  sizes.push({ controller: used(), realm: await here.call(used) });
}
console.log(JSON.stringify(sizes));

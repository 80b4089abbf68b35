// Calls functions that are all different, and prints the memory of both sides in MiB as it was
// after each part of them.

import { Local } from "../../mod.ts";

const [how = "", parts = "", calls = ""] = Deno.args;

/** So many at once, so that it takes less time. */
const AT_ONCE = 100;

const closureOf = (n: number) => () => n;
const codeOf = (n: number) => new Function(`return ${n}`) as () => number;
const make = how === "closures" ? closureOf : codeOf;

await using here = new Local();
const { pid } = await here.info();
const sizes: { controller: number; supervisor: number; realm: number }[] = [];
let next = 0;
for (let part = 0; part < Number(parts); part++) {
  for (let i = 0; i < Number(calls); i += AT_ONCE) {
    const numbers = Array.from({ length: AT_ONCE }, () => next++);
    const results = await Promise.all(
      numbers.map((n) => here.call(make(n))),
    );
    if (results.some((result, i) => result !== numbers[i])) {
      throw new Error("Cannot measure: a result is wrong");
    }
  }
  sizes.push({
    controller: size(Deno.pid),
    supervisor: size(pid),
    realm: size(await here.call(() => Deno.pid)),
  });
}
console.log(JSON.stringify(sizes));

/** The resident memory of a process in MiB. */
function size(pid: number): number {
  const text = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(text)![1]) / 1024;
}

// Prints how long calls take in µs, as the medians of some rounds: by reference, and by value with
// more and more to take along. The forms take turns, so that a machine that drifts drifts for all.

import { Local } from "../../mod.ts";
import { nothing } from "./greeting.ts";

const [rounds = "", calls = ""] = Deno.args;

const limit = 0.9;
let changing = 0;
const state = { hosts: ["a", "b"], limits: new Map([["load", 0.9]]) };

function square(x: number): number {
  return x * x;
}

function isAbove(x: number): boolean {
  return square(x) > limit;
}

const forms: Record<string, () => unknown> = {
  "by reference": nothing,
  "by value, nothing captured": () => {},
  "by value, a constant": () => void limit,
  "by value, functions and a constant": () => void isAbove(1),
  "by value, an object": () => void state.hosts,
  "by value, a variable that changes": () => void changing,
};

const names = Object.keys(forms);
const samples = Object.fromEntries(names.map((name) => [name, [] as number[]]));

await using here = new Local();
for (let round = -1; round < Number(rounds); round++) {
  const times = names.map(() => [] as number[]);
  for (let call = 0; call < Number(calls); call++) {
    for (let i = 0; i < names.length; i++) {
      const at = (i + call) % names.length;
      changing++;
      const start = performance.now();
      await here.call(forms[names[at]!]!);
      times[at]!.push(performance.now() - start);
    }
  }
  if (round < 0) continue; // First calls, and code that is compiled meanwhile.
  for (const [i, name] of names.entries()) {
    const sorted = times[i]!.toSorted((a, b) => a - b);
    samples[name]!.push(sorted[sorted.length >> 1]! * 1000);
  }
}
console.log(JSON.stringify(samples));

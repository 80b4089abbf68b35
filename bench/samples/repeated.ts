// Calls functions over and over through an ssh whose bytes are counted, and prints how often code
// was compiled there.

import { SSH } from "../../mod.ts";
import { HOST } from "../bench.ts";
import { nothing } from "./greeting.ts";

const [config = "", calls = "", how = "", size = ""] = Deno.args;

// Code that nothing makes smaller on its way.
const random = crypto.getRandomValues(new Uint8Array(Number(size))).toBase64();
const make = new Function("n", `return () => n + "${random}".length`);
const closure = make(1) as () => number;

await using there = new SSH(HOST, { config });
await there.call(() => {
  const { eval: compile } = globalThis;
  const counted = globalThis as unknown as { compiled: number };
  counted.compiled = 0;
  globalThis.eval = (source: string) => {
    counted.compiled++;
    return compile(source);
  };
});
const fn = how === "value" ? closure : nothing;
for (let i = 0; i < Number(calls); i++) await there.call(fn);
const compiled = await there.call(() =>
  (globalThis as unknown as { compiled: number }).compiled
);
console.log(compiled - 1); // Without that of the question itself.

// The main module: its top level runs where it was started, and nowhere else.

import { assertEquals, assertStringIncludes } from "@std/assert";
import { Local } from "../mod.ts";
import { MOD, project, rejection, runScript } from "./support/tunnels.ts";

Deno.test("the main module never runs on the far side, whichever way a function leads to it", async () => {
  await using files = await project({
    "helper.ts": `import { setting } from "./main.ts";
export function helper() { return setting(); }
export class Helper { run() { return setting(); } }`,
    "main.ts": `import { Local } from ${JSON.stringify(MOD)};
import { Helper, helper } from "./helper.ts";
console.log("top level");
export function setting() { return 1; }
await using here = new Local();
const captured = helper;
const instance = new Helper();
for (const fn of [
  helper,
  () => helper(),
  () => captured(),
  () => instance.run(),
  async () => (await import("./helper.ts")).helper(),
]) {
  try {
    console.log("resolved", await here.call(fn));
  } catch (error) {
    console.log(error.message);
  }
}
console.log(await here.call(() => setting()));`,
  });
  const { stdout, stderr } = await runScript(files, "main.ts");
  const [top, ...lines] = stdout.trim().split("\n");
  assertEquals(top, "top level", stderr);
  assertEquals(lines.pop(), "1");
  assertEquals(lines.length, 5);
  for (const line of lines) {
    assertStringIncludes(line, "imports the main module");
    assertStringIncludes(line, "to a module of its own");
  }
});

Deno.test("a call that failed leaves nothing behind for the next one of the same function", async () => {
  await using here = new Local();
  let held: unknown = new WeakMap();
  const tools: { make?: () => unknown } = {};
  const use = () => tools.make?.() ?? "none";
  assertEquals(await here.call(use), "none");
  tools.make = () => held;
  assertStringIncludes((await rejection(here.call(use))).message, `"held"`);
  held = 1;
  assertEquals(await here.call(use), 1);
});

Deno.test("more functions can be under way than are remembered", async () => {
  await using here = new Local();
  const numbers = Array.from({ length: 1200 }, (_, i) => i);
  const results = await Promise.all(
    numbers.map((i) => here.call(new Function(`return ${i}`) as () => number)),
  );
  assertEquals(results, numbers);
});

Deno.test("functions of other modules are read at the time of the call too", async () => {
  await using files = await project({
    "lib.ts": `let value = 1;
export function set(to: number) { value = to; }
function $hidden() { return value; }
export const functions = { $hidden };`,
    "main.ts": `import { Local } from ${JSON.stringify(MOD)};
import { functions, set } from "./lib.ts";
await using here = new Local();
const first = here.call(functions.$hidden);
set(2);
const second = here.call(functions.$hidden);
set(3);
console.log(await first, await second);`,
  });
  const { stdout, stderr } = await runScript(files, "main.ts");
  assertEquals(stdout, "1 2\n", stderr);
});

// Modules on their way: whatever a project is made of arrives, and is loaded once.

import { assertEquals, assertStringIncludes } from "@std/assert";
import { ModuleProvider } from "../modules/provider.ts";
import { MOD, project, rejection, runScript } from "./support/tunnels.ts";
import { type Files, inProject } from "./support/modules.ts";

/** A test that `main()` of `main.ts` returns something. */
function testMain(name: string, files: Files, expected: unknown): void {
  Deno.test(
    name,
    () =>
      inProject(
        files,
        async (call) => assertEquals(await call("main"), expected),
      ),
  );
}

testMain("relative imports, re-exports and namespaces arrive", {
  "main.ts":
    `import { a } from "./lib/a.ts"; import * as all from "./lib/all.js"; import b from "./lib/all.js";
export const main = () => [a, all.b, all.default, b, Object.keys(all), all.nested.c];`,
  "lib/a.ts": "export const a: string = 'a';",
  "lib/all.js":
    "export * from './b.mjs'; export { d as default } from './b.mjs'; export * as nested from '../c.ts';",
  "lib/b.mjs": "export const b = 'b', d = 'd';",
  "c.ts": "export let c = 0; c++;",
}, ["a", "b", "d", "d", ["b", "d", "default", "nested"], 1]);

testMain("JSON, text and bytes arrive as what they are imported as", {
  "main.ts": `import json from "./data.json" with { type: "json" };
import text from "./data.txt" with { type: "text" };
import raw from "./data.json" with { "type": "text" };
import bytes from './data.bin' with { type: 'bytes' };
export const main = () => [json, text, raw, bytes];`,
  "data.json": '{"a": "\u2028 `${b}` \\" //"}',
  "data.txt": "ü\n\"'`${x}\\",
  "data.bin": "\0\x01",
}, [
  { a: '\u2028 `${b}` " //' },
  "ü\n\"'`${x}\\",
  '{"a": "\u2028 `${b}` \\" //"}',
  new Uint8Array([0, 1]),
]);

testMain("JSON, text and bytes arrive when they are imported as such later", {
  "lib/main.ts": `const as = (type: string) => ({ with: { type } });
const refused = async (promise: Promise<unknown>) => { try { return await promise; } catch (error) { return /there is no such module/.test(error.message); } };
export const main = async () => [
  (await import("../data.json", { with: { type: "json" } })).default,
  (await import("../data.json", { with: { type: "text" } })).default,
  (await import('./data.bin', { "with": { 'type': 'bytes' } })).default,
  await import("../data.json", { with: { type: "json" } }) === await import("../data.json", as("json")),
  await refused(import("../other.json", as("json"))),
  await refused(import("../data.json", as("bytes"))),
  (await import("data:application/json,[1]", { with: { type: "json" } })).default,
];`,
  "main.ts": `export { main } from "./lib/main.ts";`,
  "data.json": '{"a":1}',
  "other.json": '{"b":1}',
  "lib/data.bin": "\0\x01",
}, [
  { a: 1 },
  '{"a":1}',
  new Uint8Array([0, 1]),
  true,
  true,
  true,
  [1],
]);

for (
  const [what, extra, value] of [
    ["", "", undefined],
    [" beside JSON", "import json from './data.json' with { type: 'json' };", {
      a: 1,
    }],
  ] as const
) {
  testMain(`modules in a cycle of two${what} arrive`, {
    "main.ts": `import { odd } from "./odd.ts"; ${extra}
export const even = (n: number): boolean => n === 0 || odd(n - 1);
export const main = () => [even(10), odd(4), ${extra && "json"}];`,
    "odd.ts":
      `import { even } from "./main.ts"; export const odd = (n: number): boolean => n !== 0 && even(n - 1);`,
    "data.json": '{"a": 1}',
  }, [true, false, ...(value ? [value] : [])]);
}

testMain("modules in a cycle of three, with top-level await, arrive", {
  "main.ts":
    `import { b } from "./b.ts"; export const a = "a"; export const main = () => b() + ready;
const ready = await new Promise((resolve) => setTimeout(() => resolve("!"), 1));`,
  "b.ts": `import { c } from "./c.ts"; export const b = () => "b" + c();`,
  "c.ts": `import { a } from "./main.ts"; export const c = () => "c" + a;`,
}, "bca!");

testMain("top-level await holds back what imports it", {
  "main.ts":
    `import { value } from "./slow.ts"; export const main = () => value;`,
  "slow.ts":
    `export let value = 1; await new Promise((resolve) => setTimeout(resolve, 5)); value = 2;`,
}, 2);

testMain(
  "types that are not marked as such, enums, namespaces and parameter properties go",
  {
    "main.ts":
      `import { Shape, Color, helper } from "./types.ts"; import { Only } from "./types.ts"; import Default, { type Marked } from "./types.ts";
class Point { constructor(private x: number, readonly y = 2) {} sum() { return this.x + this.y; } }
enum Own { A = 1, B = A << 2, C = "c" as any }
namespace Space { export const inner = 5; }
const value = { a: 1 } satisfies Shape as Shape;
export async function main(this: unknown, only?: Only, d?: Default, m?: Marked) { return [Color.Red, Color[1], helper<number>(value.a!), new Point(1).sum(), Own.B, Space.inner]; }`,
    "types.ts":
      `export interface Shape { a: number } export type Only = 1; export default interface D {} export type Marked = 2;
export enum Color { Green, Red } export const helper = <T,>(x: T): T => x; export abstract class A { declare x: number; abstract f(): void }`,
  },
  [1, "Red", 1, 3, 4, 5],
);

testMain("computed imports arrive, also within a cycle", {
  "main.ts":
    `import "./cycle.ts"; const load = async (name: string) => (await import(\`./plugins/\${name}.ts\`)).default;
export const main = async () => [await load("a"), await load("b"), await load("a"), (await import("./cycle.ts")).c(), await import("node:path").then((p) => p.sep)];`,
  "cycle.ts":
    `import { main } from "./main.ts"; export const c = () => typeof main;`,
  "plugins/a.ts":
    `import { shared } from "../shared.ts"; export default shared(); `,
  "plugins/b.ts":
    `import { shared } from "../shared.ts"; import "../main.ts"; export default shared();`,
  "shared.ts": "let n = 0; export const shared = () => ++n;",
}, [1, 2, 1, "function", "/"]);

Deno.test("computed imports of a module on the way of a cycle share its instances", () =>
  inProject({
    "main.ts":
      `import { shared } from "./shared.ts"; export const main = async (name: string) => [shared(), (await import(name)).default];`,
    "one.ts":
      `import { shared } from "./shared.ts"; import { two } from "./two.ts"; export const o = 1; export default two() + shared();`,
    "two.ts":
      `import { o } from "./one.ts"; import { shared } from "./shared.ts"; export const two = () => { try { return o; } catch { return 10 * shared(); } };`,
    "shared.ts": "let n = 0; export const shared = () => ++n;",
  }, async (call) => {
    assertEquals(await call("main", "./one.ts"), [1, 3]);
    assertEquals(await call("main", "./one.ts"), [3, 3]);
  }));

Deno.test("many computed imports at once are answered in one request", async () => {
  const { answer } = ModuleProvider.prototype;
  const asked: number[] = [];
  ModuleProvider.prototype.answer = function (need) {
    asked.push(need.imports.length);
    return answer.call(this, need);
  };
  using _ = {
    [Symbol.dispose]: () => void (ModuleProvider.prototype.answer = answer),
  };
  const names = Array.from({ length: 100 }, (_, i) => i);
  await inProject({
    "main.ts":
      `export const main = (names: number[]) => Promise.all(names.map(async (i) => (await import(\`./m/\${i}.ts\`)).default));`,
    ...Object.fromEntries(
      names.map((i) => [`m/${i}.ts`, `export default ${i};`]),
    ),
  }, async (call) => {
    assertEquals(await call("main", names), names);
    assertEquals(asked, [names.length]);
    assertEquals(await call("main", names), names);
    assertEquals(asked, [names.length]);
    const error = await rejection(call("main", [...names, 100]));
    assertStringIncludes(error.message, "100.ts");
  });
});

Deno.test("import.meta says where a module lives on the controller", () =>
  inProject({
    "main.ts":
      `export const main = () => [import.meta.url, import.meta.main, import.meta.resolve("./x.ts"), new URL("y", import.meta.url).pathname];`,
    "a(#%41)/ü.ts":
      `const { dirname, filename } = import.meta; export const main = () => [dirname, filename, import.meta.resolve("node:fs")];
export const bare = () => import.meta.resolve("bare");`,
  }, async (call, dir) => {
    const url = `tongs://${dir}/`;
    assertEquals(await call("main"), [
      `${url}main.ts`,
      false,
      `${url}x.ts`,
      `${dir}/y`,
    ]);
    assertEquals(await call("main a(%23%2541)/ü.ts"), [
      `${dir}/a(#%41)`,
      `${dir}/a(#%41)/ü.ts`,
      "node:fs",
    ]);
    const error = await rejection(call("bare a(%23%2541)/ü.ts"));
    assertStringIncludes(error.message, 'Cannot resolve "bare"');
  }));

Deno.test("a module that two called functions import is one instance", () =>
  inProject({
    "main.ts": `export { next as main } from "./counter.ts";`,
    "other.ts":
      `import { next } from "./counter.ts"; export const other = () => next();`,
    "counter.ts": "let n = 0; export const next = () => ++n;",
  }, async (call) => {
    const counts = await Promise.all([
      call("main"),
      call("other other.ts"),
      call("next counter.ts"),
    ]);
    assertEquals(counts.sort(), [1, 2, 3]);
  }));

Deno.test("a folder with any name will do", () =>
  inProject({
    "a b/ü 'q' (p) #1 ?x %20 [z]/main.ts":
      `import { f } from "./other file.ts"; export const main = f;`,
    "a b/ü 'q' (p) #1 ?x %20 [z]/other file.ts":
      "export const f = () => { throw new Error('here'); };",
  }, async (call, dir) => {
    const name = "a%20b/%C3%BC%20'q'%20(p)%20%231%20%3Fx%20%2520%20[z]/";
    const error = await rejection(call(`main ${name}main.ts`));
    assertEquals(error.message, "here");
    assertStringIncludes(
      error.stack,
      `file://${dir}/${name}other%20file.ts:1:32`,
    );
  }));

Deno.test("names in the import map of a project mean what they mean there", async () => {
  await using files = await project({
    "deno.json": JSON.stringify({
      imports: { "lib": "./src/lib.ts", "src/": "./src/", "tongs": MOD },
    }),
    "src/lib.ts":
      `import { x } from "src/x.ts"; import { remote } from "tongs"; export const lib = () => x + remote.host;
export const computed = async (name: string) => (await import("src/x.ts")).x + (await import(name)).x;`,
    "src/x.ts": "export const x = 'x on ';",
    "main.ts":
      `import { Local } from "tongs"; import { computed, lib } from "lib";
await using here = new Local("there"); console.log(await here.call(lib)); console.log(await here.call(computed, "./x.ts"));`,
  });
  const { stdout, stderr } = await runScript(files, "main.ts");
  assertEquals(stdout, "x on there\nx on x on \n", stderr);
});

Deno.test("tongs can be imported when it is needed", async () => {
  await using files = await project({
    "lib.ts": `export const lib = async () => (await import(${
      JSON.stringify(MOD)
    })).remote.host;`,
    "main.ts": `import { Local } from ${
      JSON.stringify(MOD)
    }; import { lib } from "./lib.ts";
await using here = new Local("there"); console.log(await here.call(lib));`,
  });
  const { stdout, stderr } = await runScript(files, "main.ts");
  assertEquals(stdout, "there\n", stderr);
});

Deno.test("200 modules of more than 1 MiB arrive, once", () => {
  const padding = () =>
    `/* ${crypto.getRandomValues(new Uint8Array(3000)).toHex()} */`;
  const files = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [
    `m/${i}.ts`,
    `${padding()} ${
      i < 199
        ? `import { sum as next } from "./${i + 1}.ts";`
        : "const next = 0;"
    } export const sum: number = next + ${i};`,
  ]));
  return inProject({
    ...files,
    "main.ts": `import { sum } from "./m/0.ts"; export const main = () => sum;`,
  }, async (call) => {
    assertEquals(await call("main"), 19_900);
    assertEquals(await call("main"), 19_900);
  });
});

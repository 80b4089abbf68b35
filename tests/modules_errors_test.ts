// Modules that are no good: an error says what is wrong, and stacks point at places of the
// controller.

import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { RemoteError } from "../mod.ts";
import { recorder, rejection } from "./support/tunnels.ts";
import { type Files, inProject } from "./support/modules.ts";

for (
  const [what, source, expected] of [
    ["with a syntax error", "export const a = (;", "broken.ts"],
    [
      "that imports what is missing",
      `import "./missing.ts"; export const a = 1;`,
      "missing.ts",
    ],
    [
      "that throws",
      "export const a = 1; throw new Error('at the top');",
      "at the top",
    ],
    [
      "that imports a name that is not exported",
      `import { nothing } from "./good.ts"; export const a = nothing;`,
      "nothing",
    ],
    [
      "that imports what a package does not have",
      `import "npm:acorn@8.19.0/nothing"; export const a = 1;`,
      "npm:acorn@8.19.0/nothing",
    ],
    [
      "with broken JSON",
      `import j from "./bad.json" with { type: "json" }; export const a = j;`,
      "bad.json",
    ],
  ]
) {
  Deno.test(`a module ${what} is a clear error, and the tunnel lives`, () =>
    inProject({
      "main.ts":
        `export const main = async () => (await import("./bro" + "ken.ts")).a; export const fine = () => 1;`,
      "broken.ts": source!,
      "good.ts": "export const good = () => 2;",
      "bad.json": "{",
    }, async (call) => {
      const direct = await rejection(call("a broken.ts"));
      assertStringIncludes(direct.message, expected!);
      const computed = await rejection(call("main"));
      assertStringIncludes(computed.message, expected!);
      assertEquals([await call("fine"), await call("good good.ts")], [1, 2]);
    }));
}

Deno.test("an export that does not exist is a clear error", () =>
  inProject(
    { "main.ts": "export const main = () => 1, value = 2;" },
    async (call) => {
      for (const name of ["nothing", "value", "toString", "then"]) {
        const error = await rejection(call(name));
        assertMatch(
          error.message,
          new RegExp(`Cannot call "${name}".*exports.*main`),
        );
      }
      assertEquals(await call("main"), 1);
    },
  ));

const STACKS: Files = {
  "main.ts": `import json from "./data.json" with { type: "json" };
import text from "./data.txt" with {
  type: "text",
}; interface Blank { a: 1;
  b: 2 }
enum Color { Red, Green }
export function main(): never { const url = import.meta.url; throw new Error(url + json + text + Color.Red); }
import { deep } from "./lib/deep.ts";
export const nested = (x: string) => deep<string>(x);
export const inLog = () => console.log(new Error("logged"));
`,
  "data.json": "1",
  "data.txt": "one\ntwo",
  "lib/deep.ts": `abstract class Base { abstract f(): void; }
export class Deep extends Base { constructor(private x: string) { super(); }
  f() { /* é🦕 */ const error: Error = new RangeError(this.x); throw error; }
}
export function deep<T>(x: T & string) { return new Deep(x).f(); }
`,
};

for (
  const [kind, extra] of [["", {}], [" in a cycle", {
    "lib/deep.ts": STACKS["lib/deep.ts"] + `import "../main.ts";\n`,
  }]] as const
) {
  Deno.test(`stacks${kind} have the file, line and column of the controller`, () => {
    const log = recorder();
    return inProject({ ...STACKS, ...extra }, async (call, dir) => {
      const url = `file://${dir}/`;
      const own = await rejection(call("main"));
      assert(own instanceof RemoteError);
      assertStringIncludes(own.stack!, `at main (${url}main.ts:7:68)`);
      const nested = await rejection(call("nested", "x"));
      const lines = nested.stack.split("\n").slice(0, 4);
      assertEquals(lines, [
        "RangeError: x",
        `    at Deep.f (${url}lib/deep.ts:3:40)`,
        `    at deep (${url}lib/deep.ts:5:61)`,
        `    at nested (${url}main.ts:9:38)`,
      ]);
      await call("inLog");
      const { text } = await log.wait("logged");
      assertStringIncludes(text, `${url}main.ts:10:40`);
    }, log);
  });
}

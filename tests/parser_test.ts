// The parser takes whatever Deno runs, and knows what is free in it.

import { assertEquals, assertThrows } from "@std/assert";
import { parseScript } from "../functions/parser.ts";

/** The names that a source refers to and does not declare. */
function free(source: string, options = { module: true }): string[] {
  const { scopes } = parseScript(source, options);
  return [
    ...new Set(scopes.globalScope.through.map((use) => use.identifier.name)),
  ].sort();
}

const FORMS: [string, string, string[]][] = [
  [
    "private members and static blocks",
    "class A { #a = f; static #b; static { this.#b = g; } #m() { return #a in h; } get #x() { return 1; } }",
    ["f", "g", "h"],
  ],
  [
    "class fields with computed names",
    "class A extends B { [c] = d; static [e] = f; static async *[g]() { yield* h; } }",
    ["B", "c", "d", "e", "f", "g", "h"],
  ],
  [
    "using and await using",
    "{ using a = f(); await using b = g(); for (using c of h) a(b, c); for await (await using d of i) d(); }",
    ["f", "g", "h", "i"],
  ],
  [
    "import attributes",
    "import a from './a.json' with { type: 'json' }; import('b', { with: c }); export * from 'd' with { type: 'e' };",
    ["c"],
  ],
  [
    "import phases",
    "import source a from './a.wasm'; import defer * as b from './b.js'; a(b, c); import.source(d);",
    ["c", "d"],
  ],
  ["top-level await", "for await (const a of b) await a; await c;", [
    "b",
    "c",
  ]],
  ["import.meta", "import.meta.resolve(a)", ["a"]],
  ["regular expressions", String.raw`a(/[\p{L}--[a-z]]/v, /(?<y>.)|(?i:b)/d)`, [
    "a",
  ]],
  ["numbers", "a(1_000_000n, 0b1_0, 0xf_f, .1_0)", ["a"]],
  ["logical assignment", "a ||= b; c.d &&= e; f ??= g", [
    "a",
    "b",
    "c",
    "e",
    "f",
    "g",
  ]],
  [
    "generators and async functions",
    "async function* a() { yield* await b; } const c = async (d) => { for await (const e of d) f(e); }; ({ async *g() { yield h }, *[i]() {} })",
    ["b", "f", "h", "i"],
  ],
  [
    "destructuring with defaults",
    "const { a = b, [c]: d, ...e } = f; ([g = h, ...i]) => [a, d, e, g, i]",
    ["b", "c", "f", "h"],
  ],
  [
    "optional chains and templates",
    "a?.b?.[c]?.(d); e`x${f}`; new g.h(...i)",
    ["a", "c", "d", "e", "f", "g", "i"],
  ],
  [
    "labels and exports",
    "export const a = 1; b: for (;;) break b; export { a as 'c d' };",
    [],
  ],
  ["a hashbang", "#!/usr/bin/env deno\na()", ["a"]],
  ["catch without a name", "try { a } catch { b } finally { c }", [
    "a",
    "b",
    "c",
  ]],
];
for (const [name, source, expected] of FORMS) {
  Deno.test(`the parser takes ${name}`, () => {
    assertEquals(free(source), expected);
  });
}

Deno.test("the parser takes what notebook cells and CommonJS modules may have", () => {
  const script = { module: false };
  assertEquals(free("var a = await b; c;", script), ["b", "c"]);
  assertEquals(free("if (a) return; with (b) c;", script), ["a", "b", "c"]);
  assertThrows(() => parseScript("with (b) c;", { module: true }), SyntaxError);
});

Deno.test("a reference in a default value is not to a variable of the body", () => {
  const { scopes } = parseScript(
    "let a = 1; function f(b = () => a) { let a = 2; return a + b(); }",
    { module: true },
  );
  const [outer, inner] = scopes.scopes
    .flatMap((scope) => scope.references)
    .filter(({ identifier, init }) => identifier.name === "a" && !init)
    .map(({ resolved }) => resolved?.scope.type);
  assertEquals([outer, inner], ["function", "module"]);
});

Deno.test("places are offsets, and scopes are found by their nodes", () => {
  const source =
    "const a = 1;\nconst f = function g() { return a + g.length; };";
  const { program, scopes } = parseScript(source, { module: true });
  assertEquals([program.start, program.end], [0, source.length]);
  const fn = scopes.scopes.find(({ type }) => type === "function")!;
  assertEquals(
    source.slice(fn.block.start, fn.block.end),
    "function g() { return a + g.length; }",
  );
  assertEquals(scopes.acquire(fn.block)?.type, "function-expression-name");
  assertEquals(scopes.acquire(fn.block, true), fn);
  assertEquals(
    fn.through.map(({ identifier }) => identifier.name),
    ["a", "g"],
  );
});

Deno.test("a direct eval hides nothing around it", () => {
  assertEquals(free("const a = 1; function f(b) { eval(c); return a + b; }"), [
    "c",
    "eval",
  ]);
});

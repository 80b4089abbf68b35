// Every form of TypeScript and JSX that Deno takes arrives as what Deno makes of it, and its errors
// point at the file as it was written.

import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { exported, Local } from "../mod.ts";
import { programs } from "./support/program.ts";
import { project, rejection, runScript } from "./support/tunnels.ts";

type Files = Record<string, string>;

interface Form {
  /** The project; `main` of the first file is called. */
  files: Files;
  /** What it returns. */
  value: unknown;
}

/** Where `boom!` is thrown in a source. */
function thrownAt(source: string): string {
  const before = source.slice(0, source.indexOf('new Error("boom!")'));
  const lines = before.split("\n");
  return `${lines.length}:${lines.at(-1)!.length + 1}`;
}

/** A test that `main` returns something and `boom` throws at its place, there and in `deno run`. */
function testForm(name: string, { files, value }: Form): void {
  Deno.test(name, async () => {
    const [file, source] = Object.entries(files)[0]!;
    await using own = await project({
      "deno.json": "{}",
      ...files,
      "run.ts": `import { boom, main } from "./${file}";
let stack = ""; try { await boom(); } catch (error) { stack = (error as Error).stack!; }
console.log(JSON.stringify([await main(), stack]));`,
    });
    const ran = await runScript(own, "run.ts");
    assertEquals(ran.code, 0, ran.stderr);
    const [local, localStack] = JSON.parse(ran.stdout);

    await using here = new Local();
    const remote = await here.call(exported(own.url(file), "main"));
    const error = await rejection(here.call(exported(own.url(file), "boom")));

    assertEquals(JSON.parse(JSON.stringify([remote, local])), [value, value]);
    const place = `(${own.url(file)}:${thrownAt(source)})`;
    assertStringIncludes(localStack.split("\n")[1], place);
    assertStringIncludes(error.stack.split("\n")[1], place);
  });
}

const BOOM = `
export function boom(): never {
  const unused: string = "x"; throw new Error("boom!");
}
`;

testForm("TypeScript whose types merely go", {
  files: {
    "main.ts": `import type { A } from "./types.ts";
import { B, b } from "./types.ts";

interface Local extends A { local: number }
declare const nothing: string;
const value = <Local> { a: 1, local: 2 } satisfies B;
${BOOM}
export function main<const T>(this: void): unknown { return [value!.a as unknown as T, b]; }`,
    "types.ts":
      `export interface A { a: number } export type B = A; export const b = 3;`,
  },
  value: [1, 3],
});

testForm("enums, namespaces and their aliases, and parameter properties", {
  files: {
    "main.ts": `
export enum Color { Red = 1, Green = Red << 2, Blue = "blue" as any }
const enum Fixed { One = 1 }
namespace Outer { export const a = 1; export namespace Inner { export const b = a + 1; } }
import Alias = Outer.Inner;
class Point {
  constructor(private readonly x: number, public y = 2) {}
  boom() {
    if (this.x > Color.Red) throw new Error("boom!");
  }
}
export function boom() { new Point(Color.Green).boom(); }
abstract class Base { abstract f(): void; declare g: number; override?: string }
export const main = () => [Color[4], Color.Blue, Fixed.One, Alias.b, Object.keys(new Point(1)), Object.keys(new (Base as any)())];`,
  },
  value: ["Green", "blue", 1, 2, ["x", "y"], ["override"]],
});

testForm("decorators of classes, methods, fields and accessors", {
  files: {
    "main.ts": `
const log: string[] = [];
function named(name: string) {
  return function (value: any, context: DecoratorContext): any {
    log.push(\`\${name} \${context.kind} \${String(context.name)}\`);
    if (context.kind === "method") return function (this: unknown, ...args: unknown[]) { return ["wrapped", value.apply(this, args)]; };
    if (context.kind === "field") return (initial: number) => initial + 1;
  };
}
@named("a") class A {
  @named("b") @named("c") method(this: A) { return this.field; }
  @named("d") field: number = 1;
  @named("e") accessor other = 2;
  @named("f") static #hidden() { return 3; }
  static boom() {
    throw new Error("boom!");
  }
}
export const boom = () => A.boom();
export const main = () => [new A().method(), new A().other, log];`,
  },
  value: [["wrapped", ["wrapped", 2]], 2, [
    "f method #hidden",
    "c method method",
    "b method method",
    "e accessor other",
    "d field field",
    "a class A",
  ]],
});

testForm("decorators as experimentalDecorators in deno.json has them", {
  files: {
    "main.ts": `import { Service } from "./service.ts";
const log: unknown[] = [];
const metadata: unknown[] = [];
(Reflect as any).metadata = (key: string, value: any) => () => void metadata.push([key, value.name ?? value.map((v: any) => v.name)]);
const param = (target: any, key: unknown, index: number) => void log.push([target.name, key, index]);
const member = (_target: any, key: string, descriptor?: unknown) => void log.push([key, typeof descriptor]);
@(() => {}) class A {
  constructor(@param readonly service: Service) {}
  @member method(_a: number): string { return "m"; }
  @member field = 1;
}
export function boom() {
  throw new Error("boom!");
}
export const main = () => [new A(new Service()).method(1), log, metadata];`,
    "service.ts": "export class Service {}",
    "deno.json":
      '{ "compilerOptions": { "experimentalDecorators": true, "emitDecoratorMetadata": true } }',
  },
  value: [
    "m",
    [["method", "object"], ["field", "undefined"], ["A", null, 0]],
    [
      ["design:returntype", "String"],
      ["design:paramtypes", ["Number"]],
      ["design:type", "Function"],
      ["design:paramtypes", ["Service"]],
      ["design:type", "Function"],
    ],
  ],
});

const RUNTIME = `export const Fragment = "fragment";
export function jsx(type: unknown, { children, ...props }: any, key?: string): unknown { return { type, props, children, key: key ?? null }; }
export const jsxs = jsx;
export const jsxDEV = (type: unknown, props: any, key?: string) => ({ dev: jsx(type, props, key) });
`;

const TSX = `import { Only } from "./types.ts";

interface Props { name: Only }
function Hello<T,>({ name }: Props & { as?: T }) {
  return <b title="x">{name}</b>;
}
export function boom() {
  const tree = <><Hello name="a" /></>; if (tree) throw new Error("boom!");
}
export const main = () => JSON.stringify([<Hello name="b" key="k" />, Hello({ name: "c" }), <></>]);
`;
const TREE = [
  { props: { name: "b" }, key: "k" },
  { type: "b", props: { title: "x" }, children: "c", key: null },
  { type: "fragment", props: {}, key: null },
];

testForm("TSX with the runtime that deno.json names", {
  files: {
    "main.tsx": TSX,
    "types.ts": "export type Only = string;",
    "runtime.ts": RUNTIME,
    "deno.json":
      '{ "compilerOptions": { "jsx": "react-jsx", "jsxImportSource": "local" }, "imports": { "local/jsx-runtime": "./runtime.ts" } }',
  },
  value: JSON.stringify(TREE),
});

testForm("TSX in the form for development", {
  files: {
    "main.tsx": `export const main = () => (<a b="c" />);
export function boom() {
  throw new Error("boom!");
}`,
    "runtime.ts": RUNTIME,
    "deno.json":
      '{ "compilerOptions": { "jsx": "react-jsxdev", "jsxImportSource": "local" }, "imports": { "local/jsx-dev-runtime": "./runtime.ts" } }',
  },
  value: { dev: { type: "a", props: { b: "c" }, key: null } },
});

testForm("TSX with a runtime that a comment names", {
  files: {
    "main.tsx": `/** @jsxImportSource local */\n${TSX}`,
    "types.ts": "export type Only = string;",
    "runtime.ts": RUNTIME,
    "deno.json":
      '{ "compilerOptions": { "jsx": "react-jsx" }, "imports": { "local/jsx-runtime": "./runtime.ts" } }',
  },
  value: JSON.stringify(TREE),
});

testForm("JSX without types, of functions that a comment names", {
  files: {
    "main.jsx": `/** @jsx h */
/** @jsxFrag f */
import { f, h } from "./h.mjs";
export const boom = () => {
  void <a/>; throw new Error("boom!");
};
export const main = () => <a b="c">{1}<>{2}</></a>;
`,
    "h.mjs":
      "export const h = (type, props, ...children) => [type, props, ...children]; export const f = 'f';",
  },
  value: ["a", { b: "c" }, 1, ["f", null, 2]],
});

testForm("modules named .mts that import decorated TypeScript", {
  files: {
    "main.mts": `import { A } from "./a.ts";
export const main = async () => [new A().a(), (await import("./b.tsx")).b];
${BOOM}`,
    "a.ts":
      "const seven = (_: unknown, _c: unknown) => () => 7; export class A { @seven a(): number { return 1; } }",
    "b.tsx": "export const b = ((x: number): number => x)(3);",
  },
  value: [7, 3],
});

Deno.test("the settings are those of the module's project, and not of the controller's", async () => {
  const module = "export const main = () => <a/>;";
  const settings = (factory: string) =>
    JSON.stringify({ compilerOptions: { jsx: "react", jsxFactory: factory } });
  await using own = await project({
    "one/deno.json": settings("one"),
    "one/main.jsx": `const one = () => 1; ${module}`,
    "two/deno.json": settings("two.deep"),
    "two/main.tsx": `const two = { deep: () => 2 }; ${module}`,
  });
  await using here = new Local();
  assertEquals(
    await Promise.all(
      ["one/main.jsx", "two/main.tsx"].map((file) =>
        here.call(exported(own.url(file), "main"))
      ),
    ),
    [1, 2],
  );
});

Deno.test("a project of a hundred TSX modules arrives", async () => {
  const names = Array.from({ length: 100 }, (_, i) => i);
  await using own = await project({
    "main.ts": names.map((i) => `import m${i} from "./m${i}.tsx";`).join("\n") +
      `\nexport const main = () => ${names.map((i) => `m${i}()`).join("+")};`,
    ...Object.fromEntries(
      names.map((i) => [
        `m${i}.tsx`,
        `/** @jsx h */ const h = (n: string) => n.length; export default (): number => (<a${i} /> as any);`,
      ]),
    ),
  });
  await using here = new Local();
  assertEquals(
    await here.call(exported(own.url("main.ts"), "main")),
    10 * 2 + 90 * 3,
  );
});

for (
  const [what, file, source, place, why] of [
    [
      "TSX",
      "main.tsx",
      "\nexport const a = <b>;",
      ":2",
      /[Ee]xpected|[Uu]nterm/,
    ],
    [
      "decorators",
      "main.ts",
      "function d() {}\nclass A { @d }",
      ":2:",
      /Unexpected token/,
    ],
    ["TypeScript", "main.ts", "export const a: = 1;", ":1:", /./],
  ] as const
) {
  Deno.test(`${what} with a syntax error is a clear error, and the tunnel lives`, async () => {
    await using own = await project({ [file]: source });
    await using here = new Local();
    const error = await rejection(here.call(exported(own.url(file), "main")));
    assert(error instanceof SyntaxError, `${error}`);
    assertStringIncludes(
      error.message,
      `Cannot parse module "${own.url(file)}"`,
    );
    assertStringIncludes(error.message, `${own.url(file)}${place}`);
    assertMatch(error.message, why);
    assert(!/backtrace|\[\d/.test(error.message), error.message);
    assertEquals(await here.call(Deno.hostname), Deno.hostname());
  });
}

for (const { name, run } of programs) {
  Deno.test(`${name} calls functions of TSX modules with decorators`, async () => {
    const source = `const h = (...node: unknown[]) => node;
function seven(_: unknown, _context: ClassMethodDecoratorContext): any { return () => 7; }
class A { constructor(readonly x: number) {} @seven method() {} }
export const main = (): unknown => <a x={new A(1).x}>{new A(2).method()}</a>;
export const boom = (): void => {
  throw new Error("boom!");
};
`;
    await using own = await project({
      "deno.json":
        '{ "compilerOptions": { "jsx": "react", "jsxFactory": "h" } }',
      "main.tsx": source,
      "main.mts": source.replace(/<.*>/, "[new A(3).method()]"),
    });
    for (
      const [file, value] of [
        ["main.tsx", '["a",{"x":1},7]'],
        ["main.mts", "[7]"],
      ] as const
    ) {
      const call = (key: string, output: string) =>
        run([
          ...["call", "-H", "local:", "--output", output],
          `${own.dir}/${file}#${key}`,
        ]);
      const main = await call("main", "jsonl");
      assertStringIncludes(main.stdout, `"value":${value}`, main.stderr);
      const boom = await call("boom", "group");
      assertStringIncludes(boom.stderr, `${own.url(file)}:${thrownAt(source)}`);
    }
  });
}

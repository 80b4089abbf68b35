// Functions by value in the forms that people give them: what they capture stays what it is, and
// their code means what it meant.

import { assertEquals, assertStringIncludes } from "@std/assert";
import { createRequire } from "node:module";
import { runInThisContext } from "node:vm";
import { Local } from "../mod.ts";
import { adder, makeClass, tools } from "./testdata/closures.ts";
import { assertSame } from "./support/same.ts";
import { project, rejection } from "./support/tunnels.ts";

const $tongs0 = 5;
const nine = 9;

Deno.test("symbols are the same symbols within a call, as values and as keys", async () => {
  const own = Symbol("own");
  const registered = Symbol.for("tongs test");
  const list = {
    [own]: 1,
    [registered]: own,
    *[Symbol.iterator]() {
      yield nine;
    },
  };
  class Keyed {
    [own](): number {
      return 1;
    }
    static [own] = 7;
  }
  const { iterator } = Symbol;
  await assertSame(
    () => [list[own], list[registered] === own, [...list]],
    () => [iterator === Symbol.iterator, own.description],
    () => registered === Symbol.for("tongs test"),
    () => [new Keyed()[own](), Keyed[own]],
  );
});

Deno.test("names of members that are computed of simple values go along", async () => {
  const key = "k";
  class Computed {
    static [key] = [nine];
    [`${key}2`](): number {
      return 1;
    }
  }
  const object = (name: string) => ({
    [name]: function () {},
    [`get ${name}`]() {},
  });
  const [a, b] = [object("a"), object("b")];
  await assertSame(
    () => [Computed[key], (new Computed() as unknown as { k2(): number }).k2()],
    () => [a["get a"]!.name, b["get b"]!.name],
  );
  await using here = new Local();
  const box = { toString: () => "x" };
  const error = await rejection(
    here.call(() => {
      // Not this one: it is all inside.
      class Inside {
        [`${box}`]() {}
      }
      return Object.getOwnPropertyNames(Inside.prototype).at(-1);
    }).then((value) => {
      assertEquals(value, "x");
      class Outside {
        [`${box}`]() {}
      }
      return here.call(() => new Outside() instanceof Outside);
    }),
  );
  assertStringIncludes(error.message, `computed of "box"`);
});

Deno.test("accessors are accessors there, and see what changes there", async () => {
  const rectangle = {
    width: 2,
    height: 3,
    get area() {
      return this.width * this.height;
    },
    set side(value: number) {
      this.width = this.height = value;
    },
    get broken(): never {
      throw new Error("nobody asked");
    },
  };
  await assertSame(() => {
    const before = rectangle.area;
    rectangle.side = 5;
    const after = rectangle.area;
    Object.assign(rectangle, { width: 2, height: 3 });
    return [before, after];
  });
});

Deno.test("built-ins are the far side's own: functions, methods, and objects", async () => {
  const { hasOwnProperty } = Object.prototype;
  const slice = Array.prototype.slice.bind([1, 2, 3]);
  const call = Function.prototype.call.bind(Array.prototype.slice);
  const [log, math, runtime, wait] = [console, Math, Deno, setTimeout];
  const path = createRequire(import.meta.url)("node:path");
  await assertSame(
    () => [hasOwnProperty.call({ a: 1 }, "a"), slice(1)],
    () => (call as (...args: unknown[]) => unknown)([1, 2, 3], 2),
    () => [log === console, math === Math, runtime === Deno, math.max(1, 2)],
    () => [globalThis, crypto, performance].map((object) => typeof object),
    () => new Promise((resolve) => wait(resolve, 1, "waited")),
    () => [path.join("a", "b"), path.posix.join("c", "d")],
  );
});

Deno.test("bound functions have the name and length of what they were bound of, and construct it", async () => {
  // deno-lint-ignore no-explicit-any
  const Pair: any = function Pair(this: any, a: number, b: number) {
    this.sum = a + b;
  };
  const bound = Pair.bind(null, 1);
  const twice = ((a: number, b: number, c: number) => a * b * c)
    .bind(null, 2).bind(null, 3);
  await assertSame(
    () => [bound.name, bound.length, new bound(2).sum],
    () => [new bound(2) instanceof Pair, twice(4), twice.name, twice.length],
  );
});

Deno.test("what else was put on arrays, maps and errors goes along", async () => {
  const match = "xab".match(/a(?<letter>b)/)!;
  const map = Object.assign(new Map([[1, 2]]), { label: "map" });
  const error = Object.assign(new Error("no"), { retry: () => nine });
  const dictionary = Object.assign(Object.create(null), { a: () => 1 });
  await assertSame(
    () => [match[1], match.index, match.groups!.letter],
    () => [map.label, map.get(1), error.retry(), error.message],
    () => ["toString" in dictionary, dictionary.a()],
  );
  await using here = new Local();
  const groups = (found: RegExpMatchArray) => [...found, found.index];
  assertEquals(await here.call(groups, match), groups(match));
});

Deno.test("functions of libraries that are not exported go along", async () => {
  await assertSame(
    () => [adder(1)(2), tools.twice(1)],
    adder(3) as () => unknown,
    tools.deep.three,
    () => new (makeClass("x"))().label(),
  );
});

Deno.test("names that shadow, collide or are spelled with escapes mean what they meant", async () => {
  const abc = 1;
  const 𠮷 = 2;
  let changed = 1;
  changed = 2;
  // deno-lint-ignore no-explicit-any
  const object: any = {};
  await assertSame(
    () => [$tongs0, abc, 𠮷, nine],
    () => {
      const outer = [nine];
      {
        const nine = 1;
        outer.push(nine, ((nine) => nine)(2));
      }
      return outer;
    },
    (
      { nine: inner = nine, ...rest } = { a: 1 } as {
        nine?: number;
        a: number;
      },
    ) => [inner, rest],
    (a = nine, b = a + changed, c = () => changed) => [a, b, c()],
    () => {
      for (object.key of [1, 2]);
      for (object.name in { a: 1, b: 2 });
      [changed, object.first = nine] = [changed] as [number, number?];
      ({ changed, nine: object.second } = { changed: 2, nine });
      return object;
    },
    async () => {
      const found = [];
      outer: for await (const x of [Promise.resolve(changed), nine]) {
        for (;;) {
          found.push(x?.toString?.());
          continue outer;
        }
      }
      return found;
    },
    () => {
      using _ = { [Symbol.dispose]: () => object.disposed = nine };
      return String.raw`${nine}\n${changed}`;
    },
  );
});

Deno.test("functions of eval, Function and vm go along, also those that use eval themselves", async () => {
  await assertSame(
    runInThisContext("(function () { return [typeof this, 010] })"),
    new Function("a = 1", "with ({ b: 2 }) return eval('a + b')") as () =>
      number,
    (0, eval)("(function f(n = 3) { return n ? f(n - 1) + 1 : 0 })"),
  );
  await assertSame(
    runInThisContext("let tongsTest = 3; (n = 1) => n + tongsTest"),
  );
  await using here = new Local();
  const error = await rejection(here.call(() => eval("nine")));
  assertStringIncludes(error.message, "it calls eval");
  assertStringIncludes(error.message, "by_value_hard_test.ts:");
});

Deno.test("code that is written without semicolons means the same there", async () => {
  await using files = await project({
    "main.js": `const base = 3
const list = [1, 2]
let n
let go = (x) => x
export const set = (f) => { go = f }
export const make = (k) => () => {
  const a = go
  ;(go)(1)
  go(2)
  n = base
  go(3)
  ;[n] = [go(4)]
  ;\`\${go(5)}\`
  let z = n
  ++z
  if (k) go(6)
  else go(7)
  do go(8)
  while (0)
  label: go(9)
  switch (k) { case 4:
    go(1)
    z += go(2)
    break
  }
  return list
    .map(go)
    .concat([n, z, a === go])
}`,
  });
  const { make } = await import(files.url("main.js"));
  await assertSame(make(4), make(0));
});

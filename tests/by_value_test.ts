// Functions that go by value: what a person naturally writes in one file, called elsewhere.

import config from "../deno.json" with { type: "json" };
import { assert, assertEquals } from "@std/assert";
import * as os from "node:os";
import { hostname as nameOfHost } from "node:os";
import { basename } from "node:path";
import { Local } from "../mod.ts";
import defaultCounter, { count, Counter, total } from "./testdata/counter.ts";
import * as counters from "./testdata/counter.ts";
import settings from "./testdata/settings.json" with { type: "json" };

enum Color {
  Red,
  Green,
}

// deno-lint-ignore no-namespace
namespace Shapes {
  export const sides = 4;
  export function area(side: number): number {
    return side * side;
  }
}

class Animal {
  static count = 3;
  static #secret = 7;
  static registry = new Map<string, Animal>();
  static {
    Animal.registry.set("first", new Animal("first"));
  }

  constructor(readonly name: string) {}

  speak(): string {
    return `${this.name} speaks`;
  }

  static secret(): number {
    return this.#secret + Animal.count;
  }

  static reveal(by: number): number {
    return Animal.#secret += by;
  }
}

class Dog extends Animal {
  #tricks = ["sit"];

  override speak(): string {
    return `${super.speak()}: woof`;
  }

  trick(): string {
    return this.#tricks[0]!;
  }
}

let changing = 1;
const limit = 0.5;

function factorial(n: number): number {
  return n <= 1 ? 1 : n * factorial(n - 1);
}

function isEven(n: number): boolean {
  return n === 0 || isOdd(n - 1);
}

function isOdd(n: number): boolean {
  return n !== 0 && isEven(n - 1);
}

function* upTo(n: number): Generator<number> {
  for (let i = 1; i <= n; i++) yield i;
}

async function* later(n: number): AsyncGenerator<number> {
  for (const i of upTo(n)) yield await Promise.resolve(i);
}

export function exportedHere(): number {
  return limit * 2;
}

Deno.test("arrow functions and expressions take along what they captured", async () => {
  await using here = new Local();
  const list = [1, 2, 3];
  assertEquals(await here.call(() => list.length + limit), 3.5);
  assertEquals(
    await here.call(async (x: number) => await Promise.resolve(x + limit), 1),
    1.5,
  );
  assertEquals(
    await here.call(
      function (this: unknown, a: number) {
        return [this === undefined, a, arguments.length];
      } as (a: number) => unknown,
      4,
    ),
    [true, 4, 1],
  );
});

Deno.test("functions go along with the functions they use, themselves included", async () => {
  await using here = new Local();
  assertEquals(await here.call(factorial, 6), 720);
  assertEquals(await here.call(() => [isEven(10), isOdd(10)]), [true, false]);
  assertEquals(await here.call(exportedHere), 1);
});

Deno.test("generators can be used by a function that goes along", async () => {
  await using here = new Local();
  assertEquals(
    await here.call(
      async () => [[...upTo(3)], await Array.fromAsync(later(2))],
    ),
    [[1, 2, 3], [1, 2]],
  );
});

Deno.test("imports of every form are the far side's own modules", async () => {
  await using here = new Local();
  const found = await here.call(() => [
    nameOfHost(),
    os.cpus().length,
    basename("/a/b"),
    settings.name,
    count(),
    counters.count(),
    defaultCounter(),
    total,
  ]);
  assertEquals(found, [
    os.hostname(),
    os.cpus().length,
    "b",
    "settings",
    1,
    2,
    3,
    3,
  ]);
  assertEquals(total, 0);
});

Deno.test("all functions see one instance of each module, and its state stays", async () => {
  await using here = new Local();
  await here.call(() => count());
  await here.call(count);
  assertEquals(await here.call(() => total), 2);
  const isSame = await here.call(
    () => new Counter() instanceof counters.Counter,
  );
  assert(isSame);
  await here.close();
  assertEquals(await here.call(() => total), 0);
});

Deno.test("classes go along with their static fields as they are now", async () => {
  await using here = new Local();
  Animal.count = 5;
  Animal.reveal(3);
  assertEquals(
    await here.call(() => [
      Animal.count,
      Animal.secret(),
      new Dog("rex").speak(),
      new Dog("rex").trick(),
      new Dog("rex") instanceof Animal,
      Animal.registry.get("first")!.speak(),
      Animal.name,
    ]),
    [5, 15, "rex speaks: woof", "sit", true, "first speaks", "Animal"],
  );
});

Deno.test("instances keep their class, and exported classes are one class", async () => {
  await using here = new Local();
  const rex = new Animal("rex");
  const counter = new Counter();
  counter.value = 4;
  assertEquals(
    await here.call(() => [
      rex.speak(),
      rex instanceof Animal,
      counter.next(),
      counter instanceof Counter,
    ]),
    ["rex speaks", true, 5, true],
  );
});

Deno.test("enums, namespaces, methods and functions in objects go along", async () => {
  await using here = new Local();
  const helpers = {
    factor: 2,
    double: (x: number) => x * 2,
    deep: { inc: (x: number) => x + 1 },
    scale(x: number) {
      return x * this.factor;
    },
    get answer() {
      return 42;
    },
    async *numbers() {
      yield await Promise.resolve(1);
    },
  };
  assertEquals(
    await here.call(async () => [
      Color.Green,
      Color[0],
      Shapes.area(Shapes.sides),
      helpers.double(4),
      helpers.deep.inc(1),
      helpers.scale(5),
      helpers.answer,
      await Array.fromAsync(helpers.numbers()),
    ]),
    [1, "Red", 16, 8, 2, 10, 42, [1]],
  );
  assertEquals(await here.call(helpers.double, 8), 16);
  const { numbers } = helpers;
  assertEquals(
    await here.call(async () => await Array.fromAsync(numbers())),
    [1],
  );
});

Deno.test("what was captured is what it was at the time of the call", async () => {
  await using here = new Local();
  const list = [1];
  const args = { n: 1 };
  const call = here.call(
    (given: { n: number }) => [changing, list.length, given.n],
    args,
  );
  changing = 2;
  list.push(2);
  args.n = 2;
  assertEquals(await call, [1, 1, 1]);
  assertEquals(await here.call(() => [changing, list.length]), [2, 2]);
  list.push(3);
  assertEquals(await here.call(() => [changing, list.length]), [2, 3]);
});

Deno.test("what a function changes there changes nothing here, nor in the next call", async () => {
  await using here = new Local();
  const state = { n: 1 };
  const grow = () => {
    changing += 10;
    return [++state.n, changing];
  };
  changing = 1;
  assertEquals(await here.call(grow), [2, 11]);
  assertEquals(await here.call(grow), [2, 11]);
  assertEquals([state.n, changing], [1, 1]);
});

Deno.test("functions that share a variable of a module share it there", async () => {
  await using here = new Local();
  changing = 1;
  const inc = () => changing++;
  const get = () => changing;
  assertEquals(
    await here.call(() => {
      inc();
      inc();
      return get();
    }),
    3,
  );
});

Deno.test("closures from one place keep their own variables", async () => {
  await using here = new Local();
  const add = (n: number) => (x: number) => x + n;
  const [one, two] = [add(1), add(2)];
  assertEquals(await here.call(() => [one(1), two(1)]), [2, 3]);
  for (let i = 0; i < 3; i++) assertEquals(await here.call(() => i), i);
});

Deno.test("captured values of every kind arrive, cycles and shared ones included", async () => {
  await using here = new Local();
  const cycle: { self?: unknown; fn?: () => unknown } = {};
  cycle.self = cycle;
  cycle.fn = () => cycle.self === cycle;
  const shared = { x: 1 };
  const values = {
    big: 1n,
    date: new Date(0),
    map: new Map([[shared, new Set([shared])]]),
    bytes: new Uint8Array([1]),
    error: new RangeError("no", { cause: shared }),
    nothing: undefined,
    url: new URL("http://x/"),
    text: /a+/g,
  };
  assertEquals(
    await here.call(() => [
      cycle.fn!(),
      values.map.get(shared)!.has(shared),
      values.error.cause === shared,
      values,
    ]),
    [true, true, true, values],
  );
});

Deno.test("import.meta and import() mean the module that a function was written in", async () => {
  await using here = new Local();
  const found = await here.call(async () => {
    const { count } = await import("./testdata/counter.ts");
    const { url, dirname, filename, main } = import.meta;
    const { default: data } = await import("../deno.json", {
      with: { type: "json" },
    });
    return {
      name: data.name,
      ...{ url, dirname, filename, main },
      next: import.meta.resolve("./x.ts"),
      count: count(),
    };
  });
  assertEquals(found.url, import.meta.url);
  assertEquals(found.dirname, import.meta.dirname);
  assertEquals(found.filename, import.meta.filename);
  assertEquals(found.next, import.meta.resolve("./x.ts"));
  assertEquals(found.main, false);
  assertEquals(found.count, 1);
  assertEquals(found.name, config.name);
});

Deno.test("bound functions and functions with properties go along", async () => {
  await using here = new Local();
  const power = (a: number, b: number) => a ** b;
  assertEquals(await here.call(power.bind(null, 2), 5), 32);
  const named = Object.assign(() => named.label, { label: "x" });
  assertEquals(await here.call(named), "x");
});

Deno.test("functions made by eval and Function go along", async () => {
  await using here = new Local();
  const make = new Function("n", "return (x) => x + n");
  assertEquals(await here.call(make(2), 3), 5);
  const local = 4;
  assertEquals(await here.call(eval("(x) => x + local"), 1), 5);
  assertEquals(local, 4);
});

Deno.test("code that is written without semicolons means the same there", async () => {
  await using here = new Local();
  const x = 3;
  const f = (n: number) => n + 1;
  const source =
    "(() => {\n  const a = x\n  f(1)\n  let { b = x, ...c } = { x }\n  ;[b] = [f(b)]\n  return [a, b, c, `${x}`, f?.(2), { f }.f(x)]\n})";
  assertEquals(await here.call(eval(source)), [3, 4, { x: 3 }, "3", 3, 4]);
  assertEquals(f(x), 4);
});

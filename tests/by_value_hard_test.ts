// What captured values are stays what they are: classes of all kinds, prototypes, symbols,
// accessors, built-ins. Each function gives the same there as here.

import { assertEquals, assertStringIncludes } from "@std/assert";
import EventEmitter from "node:events";
import { createRequire } from "node:module";
import { runInThisContext } from "node:vm";
import { Local } from "../mod.ts";
import { adder, Base, makeClass, tools } from "./testdata/closures.ts";
import { project, rejection } from "./support/tunnels.ts";

const $tongs0 = 5;
const nine = 9;

/** Calls functions here and there, and compares. */
async function assertSame(...fns: (() => unknown)[]): Promise<void> {
  await using here = new Local();
  for (const fn of fns) {
    const expected = await fn();
    assertEquals(await here.call(fn), expected, String(fn));
  }
}

class First {
  constructor(readonly v = 1) {}
  static make(): First {
    return new this();
  }
  hi(): string {
    return `1${this.v}`;
  }
}
class Second extends First {
  override hi(): string {
    return `2${super.hi()}`;
  }
}
// deno-lint-ignore no-explicit-any
const mixin = (Class: any): any =>
  class Mixed extends Class {
    mixed(): string {
      return `mixed ${this.hi()}`;
    }
  };
const MixedSecond: new (v?: number) => Second & { mixed(): string } = mixin(
  Second,
);
class Third extends MixedSecond {
  override hi(): string {
    return `3${super.hi()}`;
  }
}

class Extended extends Base {
  override greet(): string {
    return `extended ${super.greet()}`;
  }
}
class Emitter extends EventEmitter {
  go(): number {
    let n = 0;
    this.on("x", () => n++);
    this.emit("x");
    return n;
  }
}

Deno.test("classes go along with all that they extend", async () => {
  const third = new Third(4);
  await assertSame(
    () => [new Third().hi(), new Third().mixed(), third.hi(), third.mixed()],
    () => [third instanceof Third, third instanceof First, new Third().v],
    () => [new Extended().greet(), new Extended() instanceof Base],
    () => new Emitter().go(),
  );
});

Deno.test("instances of classes that extend what the language has keep both", async () => {
  class Failed extends RangeError {
    override name = "Failed";
    constructor(message: string, readonly retry: () => number) {
      super(message);
    }
  }
  class Sums extends Map<string, unknown> {
    extra = 1;
    total(): number {
      return this.size + this.extra;
    }
  }
  class Stack extends Array<unknown> {
    last(): unknown {
      return this.at(-1);
    }
  }
  class Day extends Date {
    day(): number {
      return this.getTime() / 864e5;
    }
  }
  const failed = new Failed("no", () => nine);
  const sums = new Sums([["a", 1]]);
  sums.set("self", sums);
  const stack = Stack.from([1, sums]) as Stack;
  stack.push(stack);
  const day = new Day(864e5);
  const buffer = createRequire(import.meta.url)("node:buffer").Buffer
    .from("abc");
  await assertSame(
    () => [failed instanceof Failed, failed instanceof RangeError],
    () => [failed.name, failed.message, failed.retry()],
    () => [sums.total(), sums instanceof Sums, sums.get("self") === sums],
    () => [stack.last() === stack, stack[1] === sums, stack.length],
    () => [day.day(), day instanceof Day],
    () => buffer.toString("hex"),
  );
});

Deno.test("functions with prototypes made by hand go along, and what they made", async () => {
  // deno-lint-ignore no-explicit-any
  type Old = any;
  const Old = function (this: { n: number }, n: number) {
    this.n = n;
  } as Old;
  Old.prototype.get = function () {
    return this.n;
  };
  Old.count = 4;
  const Sub = function (this: unknown) {
    Old.call(this, 5);
  } as Old;
  Sub.prototype = Object.create(Old.prototype);
  Sub.prototype.constructor = Sub;
  Object.defineProperty(Sub.prototype, "more", {
    value(this: Old) {
      return this.get() + 1;
    },
  });
  const Literal = function () {} as Old;
  Literal.prototype = { hi: () => nine };
  const [old, sub, literal] = [new Old(7), new Sub(), new Literal()];
  const proto = {
    twice(this: { n: number }) {
      return this.n * 2;
    },
  };
  const made = Object.create(proto, { n: { value: 4, enumerable: true } });
  class Amended {}
  Object.assign(Amended.prototype, { hi: () => "amended" });
  const prototype = Second.prototype;
  await assertSame(
    () => [new Old(3).get(), Old.count, old.get(), old instanceof Old],
    () => [new Sub().more(), sub.more(), sub instanceof Old],
    () => [old.constructor === Old, sub.constructor === Sub],
    () => [new Literal().hi(), literal.hi(), literal instanceof Literal],
    () => [made.twice(), Object.getPrototypeOf(made) === proto],
    () => (new Amended() as unknown as { hi(): string }).hi(),
    () => [
      prototype === Second.prototype,
      prototype.hi.call({ v: 1 } as Second),
    ],
  );
});

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

Deno.test("arrow functions that are fields have their object for this", async () => {
  class Counter {
    static step = 2;
    static next = (n: number) => n + this.step;
    up: () => number;
    constructor(private n: number) {
      this.up = () => ++this.n;
    }
    get = () => this.n;
  }
  class Named extends Counter {
    twice = () => 2 * this.get();
  }
  const [one, two] = [new Counter(1), new Named(5)];
  await using here = new Local();
  assertEquals(
    await here.call(() => [one.up(), one.get(), two.get(), two.twice()]),
    [2, 2, 5, 10],
  );
  assertEquals(await here.call(() => Counter.next(1)), 3);
  const { get } = two;
  const error = await rejection(here.call(() => get()));
  assertStringIncludes(error.message, "() => object.get()");
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

Deno.test("classes may use the names that functions have for themselves", async () => {
  class Custom {
    static name = "custom";
    static toString(): string {
      return "text";
    }
    static #a = 1;
    static #b(): number {
      return Custom.#a;
    }
    static c(): number {
      return this.#b();
    }
  }
  const odd = Object.assign(() => nine, { toString: () => "odd" });
  await assertSame(
    () => [
      Custom.name,
      String(Custom),
      Custom.c(),
      new Custom() instanceof Custom,
    ],
    () => [odd(), String(odd)],
    odd,
  );
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

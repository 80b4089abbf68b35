// Classes and instances as captured values: what they extend, what was put on them, and what they
// have for `this`.

import { assertEquals, assertStringIncludes } from "@std/assert";
import EventEmitter from "node:events";
import { createRequire } from "node:module";
import { Local } from "../mod.ts";
import { assertSame } from "./support/same.ts";
import { Base } from "./testdata/closures.ts";
import { rejection } from "./support/tunnels.ts";

const nine = 9;

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

// What cannot go by value, and what says so; and where functions that did go say they stand.

import {
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { Local, type RemoteError, SerializationError } from "../mod.ts";
import { rejection } from "./support/tunnels.ts";

const limit = 0.5;

Deno.test("variables that may or may not be shared are an error that says so", async () => {
  await using here = new Local();
  const pair = () => {
    let n = 0;
    return { up: () => ++n, get: () => n };
  };
  const { up, get } = pair();
  const error = await rejection(here.call(() => [up(), get()]));
  assertInstanceOf(error, SerializationError);
  assertStringIncludes(error.message, `"up" and "get" share the variable "n"`);
  assertStringIncludes(error.message, "state.n");
});

Deno.test("what cannot go along is an error with the variable, before anything is sent", async () => {
  await using here = new Local();
  const weak = new WeakMap();
  const box = { inner: [new WeakRef({})] };
  const holder = () => weak;
  using socket = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const own = import.meta.url.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  for (
    const [fn, variable, what] of [
      [() => weak, "weak", "weak is a WeakMap"],
      [() => box, "box", "box.inner[0] is a WeakRef"],
      [() => holder(), "weak", "weak is a WeakMap"],
      [() => socket, "socket", `socket is an instance of "Listener"`],
      [() => here, "here", `here is an instance of "Local"`],
    ] as const
  ) {
    const error = await rejection(here.call(fn as () => unknown));
    assertInstanceOf(error, SerializationError, String(error));
    assertMatch(
      error.message,
      new RegExp(
        `its variable "${variable}" \\(${own}:\\d+:\\d+\\) cannot go along`,
      ),
    );
    assertStringIncludes(error.message, what);
  }
  assertEquals(await here.call(() => 1), 1);
  // Where nobody can be reached, it is the first thing that is wrong.
  const nowhere = new Local("nowhere", { runtime: "/no/such/deno" });
  assertInstanceOf(
    await rejection(nowhere.call(() => weak)),
    SerializationError,
  );
});

Deno.test("a variable that has no value yet is an error that names it", async () => {
  await using here = new Local();
  const error = await rejection(here.call(() => after));
  const after = 1;
  assertInstanceOf(error, SerializationError);
  assertStringIncludes(error.message, `"after"`);
  assertStringIncludes(error.message, "has no value yet");
  assertEquals(after, 1);
});

Deno.test("what a function takes from around it and cannot have is an error that says what to do", async () => {
  await using here = new Local();
  class Base {
    greet(): string {
      return "hi";
    }
  }
  class Derived extends Base {
    #own = 1;
    override greet(): string {
      return super.greet();
    }
    own(): number {
      return this.#own;
    }
    lexical(): () => unknown {
      return () => this;
    }
  }
  const around = function (..._: number[]) {
    return () => arguments.length;
  };
  for (
    const [fn, what, hint] of [
      [Derived.prototype.greet, `"super"`, "() => Class.method()"],
      [Derived.prototype.own, `"#own"`, "() => Class.method()"],
      [new Derived().lexical(), `"this"`, "into variables"],
      [around(1), `"arguments"`, "into variables"],
      [Symbol.prototype.toString, "belongs to the runtime", ""],
    ] as [() => unknown, string, string][]
  ) {
    const error = await rejection(here.call(fn));
    assertInstanceOf(error, TypeError);
    assertStringIncludes(error.message, what);
    assertStringIncludes(error.message, hint);
  }
  assertEquals(await here.call(() => new Derived().greet()), "hi");
});

Deno.test("stacks show where a function was written", async () => {
  await using here = new Local();
  interface Unused {
    a: string;
  }
  const fail = (x: Unused | number, more = { limit }) => {
    const shown = { limit, more };
    if (x === 1) throw new RangeError(`no ${shown.limit}`);
  };
  const place = (error: Error, name: string) =>
    error.stack!.split("\n").find((line) => line.includes(name))
      ?.replace(/.*\((.*)\)/, "$1") ?? String(error.stack);
  let local: Error;
  try {
    fail(1);
  } catch (error) {
    local = error as Error;
  }
  const { stack } = await rejection(
    here.call(() => {
      fail(1);
    }),
  ) as RemoteError;
  assertEquals(place({ stack } as Error, "fail"), place(local!, "fail"));
  assertStringIncludes(stack!, `${import.meta.url}:`);
});

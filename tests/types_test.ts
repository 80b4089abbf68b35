// The types of calls: what is inferred, what is refused, and what arrives. Most of this is checked
// by the compiler, which runs before any of it; the functions are never called.

import { assertStringIncludes } from "@std/assert";
import { cpus } from "node:os";
import {
  Channel,
  exported,
  Local,
  type Sendable,
  SerializationError,
  type Tunnel,
} from "../mod.ts";
import { rejection } from "./support/tunnels.ts";

/** Whether two types are the same, and not only alike: `any` is the same as nothing else. */
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends
  (<T>() => T extends B ? 1 : 2) ? true : false;

/** Does not compile unless the value has exactly this type. */
declare function is<Expected>(): <Actual>(
  promise: Promise<Actual>,
  ...same: Equal<Actual, Expected> extends true ? [] : ["another type"]
) => void;

declare const there: Tunnel;
/** Holds what the compiler checks, which is never run. */
function compiled(_checks: () => void): void {}

compiled(() => {
  // @ts-expect-error: it has another type
  is<string>()(there.call(() => 1));
  // @ts-expect-error: it has a narrower type
  is<unknown>()(there.call(() => 1));
});

compiled(() => {
  // Arguments.
  const greet = (name: string, times?: number, ...more: boolean[]) =>
    `${name} ${times} ${more}`;
  is<string>()(there.call(greet, "a"));
  is<string>()(there.call(greet, "a", 1, true, false));
  is<string>()(there.call((text) => text.trim(), "inferred"));
  is<number>()(there.call((a, b) => a.length + b, [1], 2));
  // @ts-expect-error: an argument is missing
  there.call(greet);
  // @ts-expect-error: an argument is of another type
  there.call(greet, 1);
  // @ts-expect-error: there are too many arguments
  there.call((a: string) => a, "a", "b");
  // @ts-expect-error: what is no function cannot be called
  there.call("hostname");

  // Results.
  is<void>()(there.call(() => {}));
  is<undefined>()(there.call(() => undefined));
  is<unknown>()(there.call((): unknown => 1));
  // deno-lint-ignore no-explicit-any
  is<any>()(there.call((): any => 1));
  is<never>()(there.call((): never => {
    throw new Error();
  }));
  is<number>()(there.call(async () => await Promise.resolve(1)));
  is<number>()(there.call(() => Promise.resolve(Promise.resolve(1))));
  is<string | number>()(
    there.call((): Promise<string> | number => 1),
  );
  is<{ a: readonly number[] }>()(
    there.call(() => ({ a: [1] as readonly number[] })),
  );
  is<Map<Date, number>>()(there.call(() => new Map<Date, number>()));
  is<Set<Date>>()(there.call(() => new Set<Date>()));
  is<Uint8Array<ArrayBuffer>>()(there.call(() => new Uint8Array(1)));

  // Built-ins, and functions that are only named.
  is<string>()(there.call(Deno.hostname));
  is<ReturnType<typeof cpus>>()(there.call(cpus));
  is<string>()(there.call(Deno.readTextFile, "/etc/hostname"));
  const named = exported<(n: number) => Promise<bigint>>("file:///a.ts", "b");
  is<bigint>()(there.call(named, 1));
  // @ts-expect-error: an argument is of another type
  there.call(named, "1");

  // Closures.
  const limit = { of: 0.9 };
  is<boolean>()(there.call((load: number) => load > limit.of, 1));
  is<string>()(there.with({ timeout: 1 }).call(() => limit.of.toFixed()));
});

compiled(() => {
  // What only has a meaning where it is.
  is<never>()(there.call(() => () => 1));
  is<never>()(there.call(() => Promise.resolve(() => 1)));
  is<never>()(there.call(() => class A {}));
  is<never>()(there.call(() => Symbol()));
  is<never>()(there.call(() => new WeakMap<object, number>()));
  is<never>()(there.call(() => new WeakSet<object>()));
  is<never>()(there.call(() => new WeakRef({})));
  is<never>()(there.call(function* () {
    yield 1;
  }));
  is<ReadableStream<number>>()(there.call(async function* () {
    yield await Promise.resolve(1);
  }));
  is<ReadableStream<string>>()(there.call(() => ReadableStream.from(["a"])));
  is<Channel<number, string>>()(
    there.call((): Channel<number, string> =>
      Channel.pair<number, string>()[0]
    ),
  );
  is<never>()(there.call(() => [1].values()));
  is<number[]>()(
    there.call(() =>
      Array.fromAsync((function* () {
        yield 1;
      })())
    ),
  );
  // Of a choice, what can arrive.
  is<string>()(there.call((): string | (() => void) => "a"));
  is<number | undefined>()(
    there.call((): Promise<number | undefined | symbol> => Promise.resolve(1)),
  );
});

compiled(() => {
  // Functions that call any function.
  async function onAll<A extends unknown[], R>(
    fn: (...args: A) => R,
    ...args: A
  ): Promise<Sendable<Awaited<R>>[]> {
    return await Promise.all([there, there].map((t) => t.call(fn, ...args)));
  }
  is<number[]>()(onAll((n: number) => n, 1));
  async function twice<T extends number>(fn: () => T): Promise<number> {
    return 2 * await there.call(fn);
  }
  is<number>()(twice(() => 1));

  // Generic functions, and those with several signatures, of which the last counts.
  function first<T>(items: T[]): T | undefined {
    return items[0];
  }
  is<number | undefined>()(there.call(first, [1]));
  is<string | undefined>()(there.call((items: string[]) => first(items), [""]));
  function parse(text: string): number;
  function parse(text: string, strict: boolean): number | undefined;
  function parse(text: string): number | undefined {
    return Number(text);
  }
  is<number | undefined>()(there.call(parse, "1", true));
  is<number>()(there.call((text: string) => parse(text), "1"));

  // What a result may be can be asked.
  const same: Equal<Sendable<string | symbol>, string> = true;
  return same;
});

Deno.test("a generator as a result is an error that says what to do", async () => {
  await using here = new Local();
  for (
    const fn of [function* () {}, () => [1].values()]
  ) {
    const error = await rejection(here.call(fn as () => unknown));
    assertStringIncludes(error.message, "Cannot send result: it is ");
    assertStringIncludes(error.message, "collect what it yields");
    assertStringIncludes(error.message, "Array.fromAsync");
    assertStringIncludes(error.message, "`stream`");
    if (!(error instanceof SerializationError)) throw error;
  }
});

// Functions by value at every turn of a tunnel's life: many at once, cancelled, killed, forgotten;
// and what a hostile far side can ask for.

import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { Local, type RemoteError } from "../mod.ts";
import { Capture } from "../functions/capture.ts";
import { planModules } from "../functions/plan_module.ts";
import { ModuleGraph } from "../modules/graph.ts";
import { Hostile } from "./support/hostile.ts";
import { project, recorder, rejection } from "./support/tunnels.ts";
import { Base } from "./testdata/closures.ts";
import { count } from "./testdata/counter.ts";

const three = 3;
const triple = (n: number) => n * three;

Deno.test("the same closure can be called a thousand times at once, on several tunnels, in several realms", async () => {
  await using one = new Local("one");
  await using two = new Local("two");
  const there = one.with({ env: { TONGS_TEST: "x" } });
  const calls = Array.from(
    { length: 1000 },
    (_, i) => [one, two, there][i % 3]!.call(triple, i),
  );
  assertEquals(await Promise.all(calls), calls.map((_, i) => 3 * i));
  assertEquals(
    await there.call(() => [Deno.env.get("TONGS_TEST"), three]),
    ["x", 3],
  );
});

Deno.test("each of many calls at once has what its variables were when it was made", async () => {
  await using here = new Local();
  let changing = 0;
  const get = () => changing;
  const calls = Array.from({ length: 200 }, (_, i) => {
    changing = i;
    return here.call(get);
  });
  assertEquals(await Promise.all(calls), calls.map((_, i) => i));
});

Deno.test("a closure that was called goes along again with a new connection or a new realm", async () => {
  await using here = new Local();
  assertEquals(await here.call(triple, 1), 3);
  await here.close();
  assertEquals(await here.call(triple, 2), 6);
  const error = await rejection(here.call(() => Deno.exit(three)));
  assertStringIncludes(error.message, "status 3");
  assertEquals(await here.call(triple, 3), 9);
});

Deno.test("a closure whose first call is cancelled at any moment can be called again", async () => {
  for (const steps of [0, 1, 2, 5, 10, 50]) {
    await using here = new Local();
    const own = (n: number) => n + three + steps;
    const aborter = new AbortController();
    const call = rejection(here.with({ signal: aborter.signal }).call(own, 1));
    for (let i = 0; i < steps; i++) await Promise.resolve();
    aborter.abort();
    assertEquals((await call).name, "AbortError");
    assertEquals(await here.call(own, 1), 4 + steps);
  }
});

Deno.test("a closure that was forgotten, as thousands of others came after it, goes along again", async () => {
  await using here = new Local();
  assertEquals(await here.call(triple, 1), 3);
  for (let i = 0; i < 2200; i += 50) {
    await Promise.all(Array.from(
      { length: 50 },
      (_, j) => here.call(new Function(`return ${i + j}`) as () => number),
    ));
  }
  assertEquals(await here.call(triple, 2), 6);
});

Deno.test("classes of modules stay one class, and modules one instance, from closure to closure", async () => {
  await using here = new Local();
  await here.call(() => {
    Object.assign(globalThis, { kept: new Base(), counted: count() });
  });
  assertEquals(
    await here.call(() => {
      const { kept } = globalThis as unknown as { kept: unknown };
      return [kept instanceof Base, count()];
    }),
    [true, 2],
  );
});

Deno.test("thousands of closures of one place, and long chains of them, go along", async () => {
  await using here = new Local();
  const list = Array.from({ length: 3000 }, (_, i) => () => i);
  assertEquals(
    await here.call(() => list.reduce((sum, fn) => sum + fn(), 0)),
    2999 * 1500,
  );
  let chain = (n: number) => n;
  for (let i = 0; i < 500; i++) {
    const inner = chain;
    chain = (n) => inner(n) + 1;
  }
  assertEquals(await here.call(chain, 0), 500);
});

Deno.test("an agent gets no plan and no code that was sent to others", async () => {
  const graph = new ModuleGraph();
  const modules = await planModules(new Capture(triple), graph);
  const wanted = modules.map(({ url }) => url);
  assert(wanted.length === 2 && wanted[1]!.startsWith("tongs:///!code/"));
  await using good = new Local("good");
  assertEquals(await good.call(triple, 1), 3);
  const log = recorder();
  const asked = [
    ...wanted,
    ...wanted.map((url) => `${url}#type=json`),
    ...wanted.map((url) => url.replace("tongs:///", "/")),
  ];
  await using hostile = new Hostile("needs", log, JSON.stringify(asked));
  const reply = await hostile.call(count) as unknown as {
    records: unknown[];
    answers: { url?: string }[];
  };
  assertEquals(reply.records, []);
  assertEquals(reply.answers.filter(({ url }) => url !== undefined), []);
  for (const url of wanted) {
    assert(log.texts("warn").some((text) => text.includes(url)), url);
  }
});

Deno.test("places are those of a local error, wherever in a function it is thrown", async () => {
  await using here = new Local();
  const object = { x: 1 } as never as { missing(): void; x: { y: { z: 1 } } };
  let changed = 1;
  changed = 2;
  interface Wide {
    a: string;
  }
  class Throws {
    field = changed > 5 ? object.x.y.z : 1;
    constructor(n: number) {
      const all: unknown[] = [object, three, changed, n];
      if (n > 1) throw new RangeError(`constructor ${all.length}`);
    }
    static fail(): never {
      void [object, changed, object];
      throw new TypeError("static");
    }
    get value(): unknown {
      return object.x.y.z;
    }
  }
  async function* yields(): AsyncGenerator<number> {
    yield three;
    void [object, changed];
    throw new Error("generator");
  }
  const inner = async () => {
    await Promise.resolve();
    throw new Error(`inner ${three}`);
  };
  for (
    const fn of [
      () => {
        const a = [object, three, changed, object];
        if (a) throw new Error(`x${three}`);
      },
      () => {
        const a: Wide = { a: "x" } as Wide;
        const b = <T>(x: T): T => x;
        return b<Wide>(a) && three + changed + Number(object.missing());
      },
      () => new Throws(2),
      () => Throws.fail(),
      () => new Throws(0).value,
      async () => {
        for await (const _ of yields()) void changed;
      },
      async () => await inner(),
      () =>
        [1, 2, 3].map((x) => {
          if (x === three) throw new Error("callback");
          return x;
        }),
      () => JSON.parse("{" + three),
      () => {
        const {
          x = three,
          y: { z } = { z: changed },
        } = object as never as { x: { y: Wide }; y: { z: number } };
        return [x, z]
          .map((value) =>
            typeof value === "number" ? 1 : value
              .y
              .a
              .length
          )
          .map(() => (changed as never as () => void)());
      },
    ] as (() => unknown)[]
  ) {
    const local = await Promise.try(fn).catch((error) => error) as Error;
    const remote = await rejection(here.call(fn)) as RemoteError;
    const frames = places(remote.stack!.split("\n    at [")[0]!);
    assertEquals(frames, places(local.stack!).slice(0, frames.length));
    assert(frames.length > 0);
    assertMatch(remote.message, /^(?!.*\$tongs)/);
  }
});

Deno.test("places of calls are those of a local error where nothing maps them", async () => {
  await using files = await project({
    "boom.js": "export const boom = (n) => { throw new Error(`boom ${n}`) }",
    "main_life_test.js": `import { boom } from "./boom.js";
let n = (x) => { throw new Error("n" + x) };
export const set = () => { n = boom };
export const fns = [
  () => boom(1), () => { const q = [n, boom]; boom (q.length) }, () => n(1),
  () => n?.(2), () => [1].map(n), () => (n)(2), () => { n
    (3) }, async () => { await 0; boom(2, boom) }, () => \`\${boom(3)}\`,
  () => n\`x\`, () => { boom(boom, boom(1)) }, () => boom(boom.name, n)];`,
  });
  await using here = new Local();
  const { fns } = await import(files.url("main_life_test.js"));
  for (const fn of fns as (() => unknown)[]) {
    const local = await Promise.try(fn).catch((error) => error) as Error;
    const remote = await rejection(here.call(fn)) as RemoteError;
    assertEquals(
      places(remote.stack!.split("\n    at [")[0]!)[0],
      places(local.stack!)[0],
      String(fn),
    );
  }
});

/** The places of a stack that are in this file. */
function places(stack: string): string[] {
  return stack.matchAll(/file:[^()\s]+_life_test\.[jt]s:\d+:\d+/g)
    .map(([place]) => place).toArray();
}

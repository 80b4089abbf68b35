// Code on the far side that opens tunnels of its own.

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertStringIncludes,
} from "@std/assert";
import { hostname } from "node:os";
import { Local, remote, RemoteError } from "../mod.ts";
import { ForwardedGraph } from "../modules/forwarded_graph.ts";
import { count } from "./testdata/counter.ts";
import { isAlive, soon } from "./support/processes.ts";
import { recorder, rejection } from "./support/tunnels.ts";

const base: number = 10;

function fail(what: string): never {
  throw new RangeError(`deep ${what} ${base}`);
}

Deno.test("closures on the far side call closures one place further", async () => {
  await using outer = new Local("outer");
  const found = await outer.call(async (x: number) => {
    await using inner = new Local("inner");
    const own = 5;
    return await inner.call(() => [
      base + own + x,
      hostname(),
      remote.path,
      remote.host,
    ]);
  }, 1);
  assertEquals(found, [16, hostname(), ["outer", "inner"], "inner"]);
});

Deno.test("modules come along hop by hop, each hop with instances of its own", async () => {
  await using outer = new Local("outer");
  const found = await outer.call(async () => {
    await using inner = new Local("inner");
    count();
    return [
      await inner.call(count),
      await inner.call(() => count()),
      await inner.call(async () => {
        const { count } = await import("./testdata/counter.ts");
        return count();
      }),
      count(),
      await inner.call(Deno.hostname),
    ];
  });
  assertEquals(found, [1, 2, 3, 2, hostname()]);
});

Deno.test("a stack shows the author's places and all hosts on the way", async () => {
  await using outer = new Local("outer");
  const error = await rejection(outer.call(async () => {
    await using inner = new Local("inner");
    await inner.call(() => fail("down"));
  }));
  assertInstanceOf(error, RemoteError);
  assertEquals(error.name, "RangeError");
  assertEquals(error.message, "deep down 10");
  assertEquals(error.path, ["outer", "inner"]);
  assertEquals(error.host, "inner");
  let local: Error;
  try {
    fail("here");
  } catch (error) {
    local = error as Error;
  }
  const place = local!.stack!.split("\n")[1]!;
  assertStringIncludes(error.stack!, place);
  assert(!error.stack!.includes("!code"), error.stack);
  assert(!error.stack!.includes("blob:"), error.stack);
});

Deno.test("tunnels nest no deeper than their limit, which code behind them cannot raise", async () => {
  const nest = async (names: string[]): Promise<string[]> => {
    const [name, ...rest] = names;
    if (name === undefined) return [...remote.path];
    await using next = new Local(name, { depthLimit: 9 });
    return await next.call(nest, rest);
  };
  await using two = new Local("a");
  assertEquals(await two.call(nest, ["b"]), ["a", "b"]);
  const error = await rejection(two.call(nest, ["b", "c"]));
  assertEquals(error.name, "DepthLimitError");
  assertStringIncludes(error.message, "a → b → c");
  assertStringIncludes(error.message, "depthLimit");
  await using three = new Local("a", { depthLimit: 3 });
  assertEquals(await three.call(nest, ["b", "c"]), ["a", "b", "c"]);
  await using one = new Local("a", { depthLimit: 1 });
  assertEquals(
    (await rejection(one.call(nest, ["b"]))).name,
    "DepthLimitError",
  );
});

Deno.test("what runs at the end of the way ends with the first tunnel", async () => {
  const { onLog, wait } = recorder();
  const outer = new Local("outer", { onLog });
  const call = outer.call(async () => {
    const inner = new Local("inner");
    await inner.call(() => {
      console.log(`pid ${Deno.pid}`);
      while (Deno.pid > 0);
    });
  });
  call.catch(() => {});
  const pid = Number(/pid (\d+)/.exec((await wait("pid ")).text)![1]);
  assert(isAlive(pid));
  await outer.close();
  await soon(() => !isAlive(pid));
});

Deno.test("one place further gets what the controller grants, and not all that came by", async () => {
  const asked: [string, string][] = [];
  const graph = new ForwardedGraph({
    record: (url) => ({ url, source: "", places: [] }),
    need(specifier, referrer) {
      asked.push([specifier, referrer]);
      return Promise.resolve(specifier);
    },
    urlOf: () => undefined,
    urlOfNamespace: () => undefined,
    referrerOf: () => undefined,
  });
  const [own, from] = ["./other.ts", "tongs:///p/lib.ts"];
  assertEquals(await graph.resolve(own, from), "tongs:///p/other.ts");
  assertEquals(asked, []);
  await graph.resolve(own, from, { cachedOnly: true });
  assertEquals(asked, [[own, from]]);
});

// Calls for what they yield: in order, with backpressure, and how they end.

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import {
  ConnectError,
  Local,
  RealmTerminatedError,
  RemoteError,
  SerializationError,
  TunnelClosedError,
} from "../mod.ts";
import {
  chunks,
  failing,
  madeSoFar,
  nested,
  noted,
  numbers,
  silent,
  stuck,
  sum,
} from "./testdata/live.ts";
import { eventually, settled } from "./support/processes.ts";
import {
  PATIENT,
  project,
  recorder,
  rejection,
  runScript,
} from "./support/tunnels.ts";

Deno.test("a generator, a stream and anything to iterate over can be streamed, in order", async () => {
  await using here = new Local("here");
  const all = <T>(stream: ReadableStream<T>) => Array.fromAsync(stream);
  assertEquals(await all(here.stream(numbers, 5)), [0, 1, 2, 3, 4]);
  assertEquals(await all(here.stream(() => ReadableStream.from(["a"]))), ["a"]);
  assertEquals(await all(here.stream(() => new Set([1n, 2n]))), [1n, 2n]);
  const map = new Map([["key", new Date(0)]]);
  assertEquals(await all(here.stream(() => map)), [["key", new Date(0)]]);
  const late = here.stream(() => Promise.resolve([undefined, null]));
  assertEquals(await all(late), [undefined, null]);
  assertEquals(await all(here.stream(() => [])), []);
});

Deno.test("what cannot be iterated over cannot be streamed, and the error says so", async () => {
  await using here = new Local();
  for (const value of [5, "text", undefined, { a: 1 }]) {
    const stream = here.stream(() => value as unknown as number[]);
    const error = await rejection(Array.fromAsync(stream));
    assertInstanceOf(error, RemoteError);
    assertStringIncludes(error.message, "Cannot stream ");
    assertStringIncludes(error.message, "or something else to iterate over");
  }
});

Deno.test("values of any size come through a stream", async () => {
  await using here = new Local();
  const sizes: number[] = [];
  for await (const chunk of here.stream(chunks, 5_000_001, 3)) {
    assertEquals(chunk.at(-1), sizes.length);
    sizes.push(chunk.length);
  }
  assertEquals(sizes, [5_000_001, 5_000_001, 5_000_001]);
});

Deno.test("no more is made than a window beyond what is read", async () => {
  await using here = new Local();
  const reader = here.stream(numbers).getReader();
  for (let i = 0; i < 3; i++) await reader.read();
  // All that the producer may send is sent by the time that it stands still.
  const made = await settled(async () => {
    const made = await here.call(madeSoFar);
    assert(made < 100_000, `${made} numbers were made`);
    return made;
  });
  assert(made > 3, `${made} numbers were made`);
  await reader.cancel();
});

Deno.test("what a finally block throws once its stream was cancelled concerns nobody", async () => {
  const fail = () => {
    console.log("finally");
    throw new Error("too late");
  };
  const endless = [
    function* () {
      try {
        for (let i = 0;; i++) yield i;
      } finally {
        fail();
      }
    },
    async function* () {
      try {
        for (let i = 0;; i++) yield await Promise.resolve(i);
      } finally {
        fail();
      }
    },
  ];
  for (const fn of endless) {
    const log = recorder();
    await using here = new Local("here", { ...PATIENT, ...log });
    for await (const _ of here.stream<[], number>(fn)) break;
    await log.wait("finally");
    // By the next turn of its loop, the runtime there has told of what nobody caught.
    await here.call(() => new Promise((resolve) => setTimeout(resolve)));
    assertEquals(log.texts(), ["finally"]);
  }
});

Deno.test("leaving a loop over a stream runs the generator's finally there", async () => {
  await using here = new Local("here", PATIENT);
  for await (const n of here.stream(numbers)) if (n === 3) break;
  await eventually(async () => (await here.call(noted)).includes("finally"));
});

Deno.test("cancelling a stream that waits aborts remote.signal there", async () => {
  await using here = new Local("here", PATIENT);
  const reader = here.stream(silent).getReader();
  reader.read().catch(() => {});
  await eventually(async () => (await here.call(noted)).includes("waiting"));
  await reader.cancel(new Error("enough"));
  await eventually(async () => (await here.call(noted)).includes("aborted"));
});

Deno.test("cancelling a stream whose generator is stuck ends its process, and the tunnel lives", async () => {
  const log = recorder();
  await using here = new Local("here", { ...log, grace: 100 });
  const pid = await here.call(() => Deno.pid);
  const reader = here.stream(stuck).getReader();
  assertEquals(await reader.read(), { done: false, value: 1 });
  await log.wait("stuck");
  await reader.cancel();
  await eventually(async () => await here.call(() => Deno.pid) !== pid);
});

Deno.test("an error comes after all that was made before it, with its stack", async () => {
  await using here = new Local("here");
  const seen: number[] = [];
  const error = await assertRejects(async () => {
    for await (const n of here.stream(failing)) seen.push(n);
  }, RemoteError);
  assertEquals(seen, [1, 2]);
  assertEquals(error.name, "RangeError");
  assertEquals(error.host, "here");
  assert(/testdata\/live\.ts:\d+:\d+/.test(error.stack!), error.stack);
  assert(!error.stack!.includes("/wire/"), error.stack);
});

Deno.test("a value that cannot be sent ends its stream with an error that says which", async () => {
  await using here = new Local();
  const stream = here.stream(() => [1, { done: () => {} }, 3] as unknown[]);
  const reader = stream.getReader();
  assertEquals((await reader.read()).value, 1);
  const error = await rejection(reader.read());
  assertInstanceOf(error, SerializationError);
  assertEquals(error.path, "value.done");
  assertEquals(await here.call(() => 1), 1);
});

Deno.test("a stream keeps to the time limit and the signal of its tunnel", async () => {
  await using here = new Local();
  await here.connect();
  const timeout = await rejection(
    Array.fromAsync(here.with({ timeout: 200 }).stream(silent)),
  );
  assertEquals(timeout.name, "TimeoutError");
  const aborter = new AbortController();
  const reader = here.with({ signal: aborter.signal }).stream(silent)
    .getReader();
  const read = rejection(reader.read());
  aborter.abort(new Error("stop it"));
  assertEquals((await read).message, "stop it");
  const aborted = here.with({ signal: aborter.signal }).stream(numbers);
  assertEquals((await rejection(Array.fromAsync(aborted))).message, "stop it");
});

Deno.test("closing a tunnel ends its streams", async () => {
  const here = new Local();
  const reader = here.stream(silent).getReader();
  const read = rejection(reader.read());
  await here.connect();
  await here.close();
  assertInstanceOf(await read, TunnelClosedError);
});

Deno.test("the end of a realm ends its streams, also those that it opened itself", async () => {
  await using here = new Local();
  const streamed = here.stream(silent).getReader();
  const { list: [nestedStream] } = await here.call(() => ({
    list: [
      new ReadableStream<number>({
        start: (controller) => controller.enqueue(1),
      }),
    ] as const,
  }));
  const returned = nestedStream.getReader();
  assertEquals((await returned.read()).value, 1);
  here.call(Deno.exit, 3).catch(() => {});
  assertInstanceOf(await rejection(streamed.read()), RealmTerminatedError);
  assertInstanceOf(await rejection(returned.read()), RealmTerminatedError);
  // The next realm's streams are others.
  const again = await here.call(nested);
  assertEquals(await Array.fromAsync(again.list[0]), ["a", "b"]);
});

Deno.test("a place that cannot be reached is an error of the stream", async () => {
  const nowhere = new Local("nowhere", { runtime: "/no/such/deno" });
  const error = await rejection(Array.fromAsync(nowhere.stream(numbers, 1)));
  assertInstanceOf(error, ConnectError);
});

Deno.test("a module that fails to load is an error of the stream", async () => {
  await using files = await project({
    "bad.ts": "throw new Error('bad from the start');\nexport function* f() {}",
    "main.ts": `
      import { Local, exported } from ${
      JSON.stringify(new URL("../mod.ts", import.meta.url).href)
    };
      await using here = new Local();
      const stream = here.stream(async function* () {
        const { f } = await import("./bad.ts");
        yield* f();
      });
      await Array.fromAsync(stream).catch((e) => console.log(e.message));
    `,
  });
  const { stdout, code } = await runScript(files, "main.ts");
  assertEquals([stdout, code], ["bad from the start\n", 0]);
});

Deno.test("a reader that does not read holds up neither other streams nor calls", async () => {
  await using here = new Local();
  const lazy = here.stream(chunks, 60_000, 1000).getReader();
  await lazy.read();
  for (let i = 0; i < 20; i++) {
    assertEquals(await Array.fromAsync(here.stream(numbers, 2)), [0, 1]);
  }
  await lazy.cancel();
});

Deno.test("code on the far side streams from tunnels of its own", async () => {
  await using here = new Local("first");
  const total = await here.call(async () => {
    await using second = new Local("second");
    let total = 0;
    for await (const n of second.stream(numbers, 10)) total += n;
    return total + await second.call(sum, ReadableStream.from([1, 2]));
  });
  assertEquals(total, 48);
  const relayed = here.stream(async function* () {
    await using second = new Local("second");
    yield* second.stream(numbers, 3);
  });
  assertEquals(await Array.fromAsync(relayed), [0, 1, 2]);
});

Deno.test("a stream is run with the environment of its view", async () => {
  await using here = new Local();
  const view = here.with({ env: { TONGS_STREAM: "yes" }, cwd: "/" });
  const stream = view.stream(() => [Deno.env.get("TONGS_STREAM"), Deno.cwd()]);
  assertEquals(await Array.fromAsync(stream), ["yes", "/"]);
});

Deno.test("a script whose streams are through ends, though it closes no tunnel", async () => {
  await using files = await project({
    "main.ts": `
      import { Local } from ${
      JSON.stringify(new URL("../mod.ts", import.meta.url).href)
    };
      const here = new Local();
      for await (const n of here.stream(() => [1, 2])) console.log(n);
      for await (const n of here.stream(function* () { for (;;) yield 3; })) {
        console.log(n);
        break;
      }
    `,
  });
  const { stdout, code, stderr } = await runScript(files, "main.ts");
  assertEquals([stdout, code, stderr], ["1\n2\n3\n", 0, ""]);
});

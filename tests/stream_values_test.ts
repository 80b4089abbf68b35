// Streams as arguments, as results and within values, in both directions, and how they end.

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { Channel, Local, RemoteError, SerializationError } from "../mod.ts";
import {
  failureOf,
  madeSoFar,
  manyStreams,
  nested,
  noted,
  numbers,
  sum,
  takeSome,
  write,
} from "./testdata/live.ts";
import { eventually } from "./support/processes.ts";
import { MOD, project, rejection } from "./support/tunnels.ts";

Deno.test("streams and asynchronous iterables can be arguments, at any place in them", async () => {
  await using here = new Local();
  assertEquals(await here.call(sum, ReadableStream.from([1, 2, 3])), 6);
  assertEquals(
    await here.call(
      sum,
      (async function* () {
        yield await Promise.resolve(20);
        yield 22;
      })(),
    ),
    42,
  );
  const both = await here.call(
    async ({ list: [a, b] }: { list: ReadableStream<number>[] }) => [
      await Array.fromAsync(b!),
      await Array.fromAsync(a!),
    ],
    { list: [ReadableStream.from([1]), ReadableStream.from([2])] },
  );
  assertEquals(both, [[2], [1]]);
});

Deno.test("streams can be results, at any place in them", async () => {
  await using here = new Local();
  const { list: [stream, beside] } = await here.call(nested);
  assertEquals([await Array.fromAsync(stream), beside], [
    ["a", "b"],
    "beside it",
  ]);
  const made = await here.call(async function* () {
    yield await Promise.resolve(1);
    yield { inner: ReadableStream.from([2, 3]) };
  });
  const [one, two] = await Array.fromAsync(made) as [
    number,
    { inner: ReadableStream<number> },
  ];
  assertEquals([one, await Array.fromAsync(two.inner)], [1, [2, 3]]);
});

Deno.test("a writable stream as an argument takes what is written there, and how it ends", async () => {
  await using here = new Local();
  const seen: string[] = [];
  const sink = () =>
    new WritableStream<string>({
      write: (chunk) => void seen.push(chunk),
      close: () => void seen.push("closed"),
      abort: (reason) => void seen.push(`${reason.name}: ${reason.message}`),
    });
  await here.call(write, sink(), ["a", "b"]);
  await eventually(() => seen.length === 3);
  assertEquals(seen, ["a", "b", "closed"]);
  await here.call(write, sink(), ["c"], "broken off");
  await eventually(() => seen.length === 5);
  assertEquals(seen.slice(3), ["c", "RangeError: broken off"]);
});

Deno.test("a writable stream as a result takes what is written here", async () => {
  await using here = new Local();
  const { writable, lines } = await here.call(() => {
    const { readable, writable } = new TransformStream<string, string>();
    return { writable, lines: readable };
  });
  const writer = writable.getWriter();
  const written = (async () => {
    await writer.write("there");
    await writer.write("and back");
    await writer.close();
  })();
  assertEquals(await Array.fromAsync(lines), ["there", "and back"]);
  await written;
});

Deno.test("a stream that is not read to its end there is cancelled here", async () => {
  await using here = new Local();
  const cancelled = Promise.withResolvers<unknown>();
  const stream = new ReadableStream<number>({
    pull: (controller) => controller.enqueue(1),
    cancel: cancelled.resolve,
  });
  assertEquals(await here.call(takeSome, stream, 2), [1, 1]);
  await cancelled.promise;
  let ended = false;
  const generator = (async function* () {
    try {
      for (;;) yield await Promise.resolve(7);
    } finally {
      ended = true;
    }
  })();
  assertEquals(await here.call(takeSome, generator, 1), [7]);
  await eventually(() => ended);
});

Deno.test("an error of a stream here arrives there with its name, after what came before", async () => {
  await using here = new Local();
  const stream = new ReadableStream<number>({
    start(controller) {
      controller.enqueue(1);
    },
    pull(controller) {
      controller.error(new RangeError("it broke here"));
    },
  });
  const [seen, error] = await here.call(failureOf, stream);
  assertEquals(seen, [1]);
  assertEquals([error.name, error.message], ["RangeError", "it broke here"]);
  assertStringIncludes(error.stack!, "stream_values_test.ts");
});

Deno.test("cancelling a call cancels the streams among its arguments", async () => {
  await using here = new Local();
  const cancelled = Promise.withResolvers<Error>();
  const stream = new ReadableStream<number>({ cancel: cancelled.resolve });
  const aborter = new AbortController();
  const call = here.with({ signal: aborter.signal }).call(sum, stream);
  await here.call(noted);
  aborter.abort(new Error("no longer"));
  await assertRejects(() => call, Error, "no longer");
  assertEquals((await cancelled.promise).message, "no longer");
});

Deno.test("cancelling a call that is still on its way cancels the streams among its arguments", async () => {
  await using here = new Local();
  await here.connect();
  const cancelled = Promise.withResolvers<unknown>();
  const stream = new ReadableStream<number>({ cancel: cancelled.resolve });
  const aborted = Promise.withResolvers<unknown>();
  const writable = new WritableStream<number>({ abort: aborted.resolve });
  const aborter = new AbortController();
  const call = here.with({ signal: aborter.signal }).call(
    (..._: unknown[]) => 1,
    new Uint8Array(50_000_000),
    stream,
    writable,
  );
  // The message is far larger than what may be under way.
  await eventually(() => stream.locked);
  aborter.abort(new Error("no longer"));
  await assertRejects(() => call, Error, "no longer");
  await Promise.all([cancelled.promise, aborted.promise]);
});

Deno.test("whatever is thrown ends a stream, also what cannot be made a text", async () => {
  await using here = new Local();
  const stream = here.stream(function* () {
    yield 1;
    throw Object.create(null);
  });
  const reader = stream.getReader();
  assertEquals((await reader.read()).value, 1);
  assertInstanceOf(await rejection(reader.read()), RemoteError);
  const aborter = new AbortController();
  const call = here.with({ signal: aborter.signal }).call(() =>
    new Promise(() => {})
  );
  await here.call(noted);
  aborter.abort(Object.create(null));
  await rejection(call);
});

Deno.test("a stream that someone reads already is refused, and the others stay as they were", async () => {
  await using here = new Local();
  const locked = ReadableStream.from([1]);
  locked.getReader();
  const free = ReadableStream.from([1, 2]);
  const error = await rejection(
    here.call((..._: unknown[]) => 1, { free, locked }),
  );
  assertInstanceOf(error, SerializationError);
  assertEquals(error.path, "args[0].locked");
  assertStringIncludes(error.message, "is locked");
  assertEquals(await Array.fromAsync(free), [1, 2]);
  const open = new WritableStream<number>();
  await rejection(here.call((..._: unknown[]) => 1, open, () => {}));
  assertEquals(open.locked, false);
});

Deno.test("what holds a stream and cannot be sent is an error that says what can", async () => {
  await using here = new Local();
  const refused: [value: unknown, hint: string][] = [
    [new Response("text"), "send what is in it"],
    [new TransformStream(), "its `readable` and its `writable`"],
  ];
  for (const [value, hint] of refused) {
    const error = await rejection(here.call((..._: unknown[]) => 1, value));
    assertInstanceOf(error, SerializationError);
    assertEquals(error.path, "args[0]");
    assertStringIncludes(error.message, hint);
  }
  const stream = ReadableStream.from([1]);
  const [channel] = Channel.pair();
  for (const fn of [() => stream.locked, () => void channel.close()]) {
    const error = await rejection(here.call<[], unknown>(fn));
    assertInstanceOf(error, SerializationError);
    assertStringIncludes(error.message, "as an argument");
  }
});

Deno.test("a stream that is twice in a message is one, and may be in a map, a set or a cause", async () => {
  await using here = new Local();
  const stream = ReadableStream.from([1, 2]);
  const twice = await here.call(
    async ({ a, b }: { a: ReadableStream<number>; b: unknown }) => [
      a === b,
      await Array.fromAsync(a),
    ],
    { a: stream, b: stream },
  );
  assertEquals(twice, [true, [1, 2]]);
  const { map, set, error } = await here.call(() => ({
    map: new Map([["key", ReadableStream.from([1])]]),
    set: new Set([ReadableStream.from([2])]),
    error: new Error("it holds one", { cause: ReadableStream.from([3]) }),
  }));
  const streams = [map.get("key")!, ...set, error.cause as ReadableStream];
  assertEquals(
    await Promise.all(streams.map((stream) => Array.fromAsync(stream))),
    [[1], [2], [3]],
  );
});

Deno.test("the body of a response and the output of a process are streams like any other", async () => {
  await using here = new Local();
  const body = await here.call(() => new Response("a body").body!);
  assertEquals(await new Response(body as BodyInit).text(), "a body");
  const output = here.stream(() =>
    new Deno.Command("echo", { args: ["a line"], stdout: "piped" }).spawn()
      .stdout
  );
  assertEquals(await new Response(output as BodyInit).text(), "a line\n");
});

Deno.test("a stream of one host can be an argument on another", async () => {
  await using a = new Local("a");
  await using b = new Local("b");
  assertEquals(await b.call(sum, a.stream(numbers, 1000)), 499_500);
});

Deno.test("no more streams are opened in values than are read, however many come", async () => {
  await using here = new Local();
  const streams = here.stream(manyStreams, 1000);
  const values = streams[Symbol.asyncIterator]();
  let count = 0;
  async function readOne(): Promise<boolean> {
    const { done, value } = await values.next();
    if (done) return false;
    const reader = value.getReader();
    assertEquals((await reader.read()).value, count++);
    await reader.cancel();
    return true;
  }
  assert(await readOne());
  let made = -1;
  await eventually(async () => {
    const before = made;
    made = await here.call(madeSoFar);
    return made === before;
  });
  assert(made > 0 && made < 100, `${made} streams were opened`);
  while (await readOne());
  assertEquals([count, await here.call(madeSoFar)], [1000, 1000]);
});

Deno.test("streams within values that cross a cancelling, or are never read, end all the same", async () => {
  await using here = new Local();
  await using files = await project({
    "made.ts": `
      let made = 0, ended = 0;
      export const counts = () => [made, ended];
      export function make() {
        made++;
        return new ReadableStream({ cancel: () => void ended++ });
      }
      export function* many() {
        for (let i = 0; i < 100; i++) yield make();
      }
    `,
  });
  const { counts, make, many } = await import(files.url("made.ts"));
  for (let i = 0; i < 10; i++) {
    const reader = here.stream<[], ReadableStream>(many).getReader();
    const { value } = await reader.read();
    await Promise.all([reader.cancel(), value!.cancel()]);
  }
  for (let i = 0; i < 100; i++) {
    const aborter = new AbortController();
    const call = here.with({ signal: aborter.signal }).call(make);
    // Now before the call has arrived, and now when its answer is on its way.
    const other = here.call(counts);
    if (i % 2 === 0) await other;
    aborter.abort();
    await call.then((stream) => (stream as ReadableStream).cancel(), () => {});
    await other;
  }
  await eventually(async () => {
    const [made, ended] = await here.call(counts) as [number, number];
    return made > 0 && made === ended;
  });
});

Deno.test("streams that nobody holds any more end on the other side", async () => {
  await using files = await project({
    "main.ts": `
      import { Local } from ${
      JSON.stringify(new URL("../mod.ts", import.meta.url).href)
    };
      await using here = new Local();
      const ended = await here.call(() => {
        (globalThis as any).ended = 0;
        return 1;
      });
      for (let i = 0; i < 20; i++) {
        await here.call(() => new ReadableStream({
          cancel: () => void (globalThis as any).ended++,
        }));
      }
      for (;;) {
        (globalThis as any).gc();
        const ended = await here.call(() => (globalThis as any).ended as number);
        if (ended > 10) {
          console.log("ended");
          break;
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    `,
  });
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--v8-flags=--expose-gc", "main.ts"],
    cwd: files.dir,
    signal: AbortSignal.timeout(20_000),
  }).output();
  assertEquals(new TextDecoder().decode(stdout), "ended\n");
});

Deno.test("a channel lives as long as its streams, and its end after that of its tunnel is no error", async () => {
  await using files = await project({
    "main.ts": `
      import { Channel, Local } from ${JSON.stringify(MOD)};
      const { gc } = globalThis as unknown as { gc(): void };
      const turn = () => new Promise((resolve) => setTimeout(resolve, 5));
      const make = async () => {
        const { Channel } = await import(${JSON.stringify(MOD)});
        const [near, far] = Channel.pair<string, string>();
        (async () => {
          for await (const text of near) await near.send(text);
        })();
        return { far };
      };
      const here = new Local();
      const open = async () => {
        const { far } = await here.call(make);
        return [far.writable.getWriter(), far.readable.getReader()] as const;
      };
      const [writer, reader] = await open();
      for (let i = 0; i < 20; i++) {
        gc();
        await turn();
        await writer.write("text");
        if ((await reader.read()).value !== "text") throw new Error("lost");
      }
      for (let i = 0; i < 20; i++) await open();
      await here.close();
      for (let i = 0; i < 20; i++) {
        gc();
        await turn();
      }
      console.log("ended");
    `,
  });
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--v8-flags=--expose-gc", "main.ts"],
    cwd: files.dir,
    env: { NO_COLOR: "1" },
    signal: AbortSignal.timeout(20_000),
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assertEquals([text(stdout), text(stderr)], ["ended\n", ""]);
});

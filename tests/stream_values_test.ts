// Streams as arguments, as results and within values, in both directions: what arrives, and what is
// refused.

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertStringIncludes,
} from "@std/assert";
import { Channel, Local, SerializationError } from "../mod.ts";
import {
  madeSoFar,
  manyStreams,
  nested,
  numbers,
  sum,
  write,
} from "./testdata/live.ts";
import { Writable } from "node:stream";
import { eventually, settled } from "./support/processes.ts";
import { rejection } from "./support/tunnels.ts";

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
    [new Writable(), "the WritableStream that `Writable.toWeb` makes"],
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
  await settled(async () => {
    const made = await here.call(madeSoFar);
    assert(made > 0 && made < 100, `${made} streams were opened`);
    return made;
  });
  while (await readOne());
  assertEquals([count, await here.call(madeSoFar)], [1000, 1000]);
});

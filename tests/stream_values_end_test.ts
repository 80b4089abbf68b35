// How streams among values end: with errors, when they are left or cancelled, and when nobody holds
// them any more.

import {
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { Local, RemoteError } from "../mod.ts";
import { echo, failureOf, noted, sum, takeSome } from "./testdata/live.ts";
import { meeting } from "./support/meeting.ts";
import { eventually, HANGS } from "./support/processes.ts";
import { MOD, PATIENT, project, rejection } from "./support/tunnels.ts";

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
  assertStringIncludes(error.stack!, import.meta.url);
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
  const { pid } = await here.info();
  const cancelled = Promise.withResolvers<unknown>();
  const stream = new ReadableStream<number>({ cancel: cancelled.resolve });
  const aborted = Promise.withResolvers<unknown>();
  const writable = new WritableStream<number>({ abort: aborted.resolve });
  const aborter = new AbortController();
  // Nobody takes anything there, and the message is far larger than what may be under way.
  Deno.kill(pid, "SIGSTOP");
  try {
    const call = here.with({ signal: aborter.signal }).call(
      (..._: unknown[]) => 1,
      new Uint8Array(50_000_000),
      stream,
      writable,
    );
    await eventually(() => stream.locked);
    aborter.abort(new Error("no longer"));
    await assertRejects(() => call, Error, "no longer");
    await Promise.all([cancelled.promise, aborted.promise]);
  } finally {
    Deno.kill(pid, "SIGCONT");
  }
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

Deno.test("streams within values that cross a cancelling, or are never read, end all the same", async () => {
  await using here = new Local("here", PATIENT);
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

Deno.test("streams and channels that nobody holds any more end on the other side", async () => {
  await using files = await project({
    "main.ts": `
      import { Local } from ${JSON.stringify(MOD)};
      const { gc } = globalThis as unknown as { gc(): void };
      const makeStream = async () => {
        const { ended } = await import("./ended.ts");
        return new ReadableStream({ cancel: () => void ended[0]++ });
      };
      const makeChannel = async () => {
        const { Channel } = await import(${JSON.stringify(MOD)});
        const { ended } = await import("./ended.ts");
        const [near, far] = Channel.pair<string, string>();
        near.setCallback(() => {}).then(() => void ended[1]++);
        return far;
      };
      await using here = new Local();
      for (let i = 0; i < 20; i++) {
        await here.call(makeStream);
        await here.call(makeChannel);
      }
      for (;;) {
        gc();
        const ended = await here.call(async () =>
          (await import("./ended.ts")).ended
        );
        // The last ones may still be on the stack.
        if (ended.every((count) => count > 10)) {
          console.log("ended");
          break;
        }
      }
    `,
    "ended.ts": "export const ended = [0, 0];",
  });
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--v8-flags=--expose-gc", "main.ts"],
    cwd: files.dir,
    env: { NO_COLOR: "1" },
    signal: AbortSignal.timeout(HANGS),
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assertEquals([text(stdout), text(stderr)], ["ended\n", ""]);
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
    signal: AbortSignal.timeout(HANGS),
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assertEquals([text(stdout), text(stderr)], ["ended\n", ""]);
});

for (const isStuck of [false, true]) {
  const how = isStuck ? "is stuck and replaced" : "gets to it at last";
  Deno.test(`streams arrive with their calls, which wait for a cancelled one that ${how}`, async () => {
    await using at = await meeting();
    await using here = new Local("here", { grace: isStuck ? 200 : 60_000 });
    const spin = (dir: string) => {
      Deno.writeTextFileSync(`${dir}/begun`, "");
      while (![...Deno.readDirSync(dir)].some(({ name }) => name === "go"));
    };
    // Now it is there, so that what calls it leaves at once.
    assertEquals(await here.call(sum, ReadableStream.from([1, 2])), 3);
    const cancelling = new AbortController();
    const { signal } = cancelling;
    const spinning = rejection(here.with({ signal }).call(spin, at.dir));
    await at.heard("begun");
    cancelling.abort();
    await spinning;
    await using channel = here.open(echo);
    const sent = channel.send("through");
    const sums = Array.from(
      { length: 5 },
      (_, n) => here.call(sum, ReadableStream.from([n, 1])),
    );
    // It goes another way, and is through when all that was sent before it is there.
    if (!isStuck) await here.put(new Uint8Array(1), `${at.dir}/go`);
    assertEquals(await Promise.all(sums), [1, 2, 3, 4, 5]);
    await sent;
    assertEquals(await channel.receive(), "through");
  });
}

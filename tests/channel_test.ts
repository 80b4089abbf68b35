// Channels: what execnet's can do, with an end for everything.

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
} from "@std/assert";
import {
  Channel,
  ChannelClosedError,
  ConnectError,
  Local,
  RealmTerminatedError,
  RemoteError,
  SerializationError,
  TongsError,
  TunnelClosedError,
} from "../mod.ts";
import {
  answerOn,
  echo,
  listen,
  madeSoFar,
  noted,
  sendAndThrow,
  sendForEver,
  silent,
} from "./testdata/live.ts";
import { eventually } from "./support/processes.ts";
import { recorder, rejection } from "./support/tunnels.ts";

/** What a realm notes of a cancellation is in it: it is not given up, however busy the machine is. */
const PATIENT = { grace: 600_000 };

Deno.test("values go through a channel in both directions, in order", async () => {
  await using here = new Local();
  await using channel = here.open(echo);
  const values = [
    1,
    "text",
    { a: [new Date(0)] },
    undefined,
    new Map([[1, 2]]),
  ];
  for (const value of values) await channel.send(value);
  for (const value of values) assertEquals(await channel.receive(), value);
});

Deno.test("closing a channel ends the loop there, and what is still sent back arrives", async () => {
  await using here = new Local();
  const channel = here.open(async (channel: Channel<string, number>) => {
    let sum = 0;
    for await (const n of channel) sum += n;
    await channel.send(`sum ${sum}`);
  });
  await channel.send(1);
  await channel.send(2);
  await channel.close();
  assertEquals(await Array.fromAsync(channel), ["sum 3"]);
  await channel.closed;
});

Deno.test("after the last value, receiving fails every time, and looping ends", async () => {
  await using here = new Local();
  const channel = here.open((channel: Channel<number, never>) =>
    channel.send(42)
  );
  assertEquals(await channel.receive(), 42);
  for (let i = 0; i < 2; i++) {
    await assertRejects(() => channel.receive(), ChannelClosedError);
  }
  assertEquals(await Array.fromAsync(channel), []);
  await channel.closed;
  await assertRejects(() => channel.send(1 as never), ChannelClosedError);
});

Deno.test("an error there arrives after what was sent before it, and is why the channel closed", async () => {
  await using here = new Local("here");
  const channel = here.open(sendAndThrow, 3);
  const seen: number[] = [];
  const error = await assertRejects(
    async () => {
      for await (const n of channel) seen.push(n);
    },
    RemoteError,
    "there is no more",
  );
  assertEquals(seen, [0, 1, 2]);
  assertEquals(error.name, "RangeError");
  assert(error.stack!.includes("testdata/live.ts"), error.stack);
  assertEquals((await rejection(channel.closed)).message, "there is no more");
  const sent = await rejection(channel.send(1 as never));
  assertEquals(sent.message, "there is no more");
});

Deno.test("closing a channel with an error breaks the loop there with it", async () => {
  await using here = new Local("here", PATIENT);
  const channel = here.open(listen);
  await channel.send(1);
  await here.call(noted); // Then it listens.
  await channel.close(new RangeError("never mind"));
  await eventually(async () => (await here.call(noted)).length > 0);
  const [[heard, why]] = [await here.call(noted) as [number[], string]];
  assert(heard.length <= 1);
  assertEquals(why, "never mind");
});

Deno.test("a sender waits while nobody receives, and fails when the receiver leaves", async () => {
  await using here = new Local("here", PATIENT);
  {
    await using channel = here.open(sendForEver);
    assertEquals(await channel.receive(), 0);
    let made = -1;
    await eventually(async () => {
      const before = made;
      made = await here.call(madeSoFar);
      return made === before;
    });
    assert(made > 0 && made < 100_000, `${made} were sent`);
  }
  await eventually(async () =>
    (await here.call(noted)).includes("ChannelClosedError")
  );
});

Deno.test("a wait for a value can be given up, and the value is not lost", async () => {
  await using here = new Local();
  await using channel = here.open(echo);
  const signal = AbortSignal.timeout(20);
  const error = await rejection(channel.receive({ signal }));
  assertEquals(error.name, "TimeoutError");
  await channel.send("late");
  assertEquals(await channel.receive(), "late");
});

Deno.test("receivers get their values in the order in which they asked", async () => {
  await using here = new Local();
  await using channel = here.open(echo);
  const received = Promise.all([1, 2, 3].map(() => channel.receive()));
  for (const n of [1, 2, 3]) await channel.send(n);
  assertEquals(await received, [1, 2, 3]);
});

Deno.test("a callback gets every value, those that waited too, and the end marker last", async () => {
  await using here = new Local();
  const channel = here.open(async (channel: Channel<number, never>) => {
    for (let i = 0; i < 5; i++) await channel.send(i);
  });
  assertEquals(await channel.receive(), 0);
  const seen: unknown[] = [];
  const done = channel.setCallback(
    (value) => void seen.push(value),
    { endMarker: "end" },
  );
  await assertRejects(() => channel.receive(), TypeError, "callback");
  await assertRejects(() => channel.setCallback(() => {}), TypeError);
  await done;
  assertEquals(seen, [1, 2, 3, 4, "end"]);
});

Deno.test("a callback gets the end marker also after an error", async () => {
  await using here = new Local();
  const channel = here.open(sendAndThrow, 1);
  const seen: unknown[] = [];
  const done = channel.setCallback(
    (value) => void seen.push(value),
    { endMarker: null },
  );
  await assertRejects(() => done, RemoteError, "there is no more");
  assertEquals(seen, [0, null]);
});

Deno.test("a callback that throws closes the channel with its error", async () => {
  await using here = new Local("here", PATIENT);
  const channel = here.open(sendForEver);
  const done = channel.setCallback(() => {
    throw new RangeError("not this");
  });
  await assertRejects(() => done, RangeError, "not this");
  await eventually(async () => (await here.call(noted)).includes("not this"));
});

Deno.test("a value that cannot be sent is an error, and the channel stays", async () => {
  await using here = new Local();
  await using channel = here.open(echo);
  const error = await rejection(channel.send({ f: () => {} }));
  assertInstanceOf(error, SerializationError);
  assertEquals(error.path, "value.f");
  await channel.send(1);
  assertEquals(await channel.receive(), 1);
});

Deno.test("channels can be arguments, results and parts of values", async () => {
  await using here = new Local();
  const [near, far] = Channel.pair<number, number>();
  const call = here.call(async ({ channel }: { channel: typeof far }) => {
    const n = await channel.receive();
    await channel.send(n + 1);
    await channel.close();
    return "done";
  }, { channel: far });
  await near.send(41);
  assertEquals(await near.receive(), 42);
  assertEquals(await call, "done");
  await assertRejects(() => far.send(1), TongsError, "sent elsewhere");

  const { back } = await here.call(async () => {
    const { Channel } = await import("../mod.ts");
    const [near, far] = Channel.pair<string, string>();
    (async () => {
      for await (const text of near) await near.send(`${text}!`);
    })();
    return { back: far };
  });
  await back.send("hello");
  assertEquals(await back.receive(), "hello!");
  await back.close();
});

Deno.test("channels go over channels, many at once, and leave nothing open", async () => {
  await using here = new Local();
  const channel = here.open(answerOn);
  const answers = Array.from({ length: 50 }, async (_, i) => {
    const [near, far] = Channel.pair<never, string>();
    await channel.send({ to: far, text: `n${i}` });
    return await Array.fromAsync(near);
  });
  const expected = Array.from({ length: 50 }, (_, i) => [`N${i}`]);
  assertEquals(await Promise.all(answers), expected);
  await channel.close();
  await channel.closed;
});

Deno.test("a channel of one host leads on to another", async () => {
  await using a = new Local("a");
  await using b = new Local("b");
  const toA = a.open(echo);
  const answer = await b.call(async (channel: Channel<unknown, unknown>) => {
    await channel.send("through the controller");
    return await channel.receive();
  }, toA);
  assertEquals(answer, "through the controller");
});

Deno.test("a channel as streams", async () => {
  await using here = new Local();
  const channel = here.open(echo);
  const sent = ReadableStream.from(["a", "b"]).pipeTo(channel.writable);
  assertEquals(await Array.fromAsync(channel.readable), ["a", "b"]);
  await sent;
  await channel.closed;
});

Deno.test("the end of the tunnel, of the realm and of the time ends channels", async () => {
  const here = new Local();
  const closed = here.open(echo);
  await closed.send(1);
  await closed.receive();
  const waiting = rejection(closed.receive());
  await here.close();
  assertInstanceOf(await waiting, TunnelClosedError);
  assertInstanceOf(await rejection(closed.closed), TunnelClosedError);

  const ended = here.open(echo);
  const lost = rejection(ended.receive());
  await here.call(Deno.exit, 1).catch(() => {});
  assertInstanceOf(await lost, RealmTerminatedError);

  const limited = here.with({ timeout: 100 }).open(echo);
  assertEquals((await rejection(limited.receive())).name, "TimeoutError");
  await here.close();
});

Deno.test("a place that cannot be reached is an error of the channel", async () => {
  const nowhere = new Local("nowhere", { runtime: "/no/such/deno" });
  const channel = nowhere.open(echo);
  assertInstanceOf(await rejection(channel.receive()), ConnectError);
  assertInstanceOf(await rejection(channel.send(1)), ConnectError);
  assertInstanceOf(await rejection(channel.closed), ConnectError);
});

Deno.test("a pair within one process holds few values, and tells both of the end", async () => {
  const [near, far] = Channel.pair<number, string>();
  let sent = 0;
  const sending = (async () => {
    for (; sent < 1000; sent++) await near.send(sent);
    await near.close();
  })();
  assertEquals(await far.receive(), 0);
  assert(sent < 100);
  assertEquals((await Array.fromAsync(far)).length, 999);
  await sending;
  await far.close();
  await Promise.all([near.closed, far.closed]);
  const [one, other] = Channel.pair<number>();
  await one.close(new RangeError("broken"));
  assertEquals((await rejection(other.receive())).message, "broken");
  assertEquals((await rejection(other.send(1))).message, "broken");
});

Deno.test("a function that ignores its channel and runs on is ended by cancelling", async () => {
  await using here = new Local("here", PATIENT);
  await using channel = here.open(async (_: Channel<never, never>) => {
    for await (const _ of silent());
  });
  await eventually(async () => (await here.call(noted)).includes("waiting"));
  await channel.close(new Error("stop"));
  await eventually(async () => (await here.call(noted)).includes("aborted"));
});

Deno.test("a channel that was sent elsewhere lives on where it is, whatever becomes of its place here", async () => {
  await using here = new Local();
  const [near, far] = Channel.pair<string, string>();
  let call: Promise<unknown>;
  {
    await using sent = far;
    call = here.call(echo as (channel: Channel<string, string>) => void, sent);
    await near.send("a");
    assertEquals(await near.receive(), "a");
  }
  await near.send("b");
  assertEquals(await near.receive(), "b");
  await near.close();
  await call;
});

Deno.test("ending a function that has sent its channel elsewhere is nothing to complain of", async () => {
  const log = recorder();
  await using here = new Local("here", { ...PATIENT, onLog: log.onLog });
  const channel = here.open(async (channel: Channel<never, never>) => {
    channel.release();
    for await (const _ of silent());
  });
  await eventually(async () => (await here.call(noted)).includes("waiting"));
  await channel.close(new Error("stop"));
  await eventually(async () => (await here.call(noted)).includes("aborted"));
  assertEquals(log.texts(), []);
});

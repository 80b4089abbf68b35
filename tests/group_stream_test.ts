// Streams and channels of many hosts.

import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import {
  type Channel,
  ConnectError,
  Group,
  Local,
  mergeStreams,
  RemoteError,
} from "../mod.ts";
import { failing, noted, numbers, silent } from "./testdata/live.ts";
import { eventually } from "./support/processes.ts";

const NOWHERE = { runtime: "/no/such/deno" };

/** What a realm notes of a cancellation is in it: it is not given up, however busy the machine is. */
const PATIENT = { grace: 600_000 };

function locals(...names: string[]): Group {
  return new Group(names.map((name) => new Local(name, PATIENT)));
}

Deno.test("a stream of a group has what every host yields, each in order", async () => {
  await using group = locals("a", "b", "c");
  const seen = new Map<string, number[]>(group.hosts.map((host) => [host, []]));
  for await (const [host, outcome] of group.stream(numbers, 500)) {
    if (!outcome.ok) throw outcome.error;
    seen.get(host)!.push(outcome.value);
  }
  const all = Array.from({ length: 500 }, (_, i) => i);
  assertEquals([...seen.values()], [all, all, all]);
});

Deno.test("a host that fails is told once in the stream, and the others go on", async () => {
  await using group = new Group([
    new Local("good"),
    new Local("nowhere", NOWHERE),
  ]);
  const all = await Array.fromAsync(group.stream(failing));
  const good = all.filter(([host]) => host === "good").map(([, o]) => o);
  assertEquals(good.map((o) => o.ok ? o.value : o.error.name), [
    1,
    2,
    "RangeError",
  ]);
  const bad = all.filter(([host]) => host === "nowhere").map(([, o]) => o);
  assertEquals(bad.map((o) => !o.ok && o.error instanceof ConnectError), [
    true,
  ]);
});

Deno.test("leaving a loop over the stream of a group ends it on all hosts, also those that are silent", async () => {
  await using group = locals("a", "b", "c");
  await using quiet = locals("q");
  const begun = new Set<string>();
  for await (const [host] of group.stream(numbers)) {
    if (begun.add(host).size === 3) break;
  }
  for (const tunnel of group) {
    await eventually(async () =>
      (await tunnel.call(noted)).includes("finally")
    );
  }
  const [q] = quiet;
  const reader = quiet.stream(silent).getReader();
  const read = reader.read();
  await eventually(async () => (await q!.call(noted)).includes("waiting"));
  await reader.cancel();
  assertEquals((await read).done, true);
  await eventually(async () => (await q!.call(noted)).includes("aborted"));
});

Deno.test("a slow reader of many hosts holds each of them back", async () => {
  await using group = locals("a", "b");
  const reader = group.stream(function* () {
    for (let i = 0;; i++) {
      (globalThis as unknown as { made: number }).made = i;
      yield i;
    }
  }).getReader();
  for (let i = 0; i < 10; i++) await reader.read();
  let last: number[] = [];
  await eventually(async () => {
    const result = await group.call(() =>
      (globalThis as unknown as { made: number }).made
    );
    const made = [...result.successful()].map(([, n]) => n);
    const still = made.join() === last.join();
    last = made;
    return still;
  });
  assert(last.every((n) => n < 100_000), `${last} were made`);
  await reader.cancel();
});

Deno.test("no more hosts are connected to at once than the group says, and all stream together", async () => {
  let connecting = 0;
  let most = 0;
  class Counted extends Local {
    override async connect(): Promise<this> {
      most = Math.max(most, ++connecting);
      try {
        return await super.connect();
      } finally {
        connecting--;
      }
    }
  }
  await using group = new Group(
    Array.from({ length: 6 }, (_, i) => new Counted(`h${i}`)),
    { concurrency: 2 },
  );
  // None of them ends before all have begun.
  const seen = new Set<string>();
  for await (
    const [host, outcome] of group.stream(async function* () {
      yield 1;
      await new Promise(() => {});
    })
  ) {
    assert(outcome.ok);
    seen.add(host);
    if (seen.size === 6) break;
  }
  assertEquals([seen.size, most], [6, 2]);
});

Deno.test("channels of a group: a value to each, one of each, and all as they come", async () => {
  await using group = locals("a", "b");
  const channels = group.open(
    async (channel: Channel<string, string>, mark: string) => {
      for await (const text of channel) await channel.send(text + mark);
    },
    "!",
  );
  (await channels.send("one")).raiseFailures();
  const first = await channels.receive();
  assertEquals([...first.successful()], [["a", "one!"], ["b", "one!"]]);
  await channels.channels.get("a")!.send("only a");
  await channels.close();
  const rest = await Array.fromAsync(
    channels,
    ([host, outcome]) => [host, outcome.ok && outcome.value],
  );
  assertEquals(rest, [["a", "only a!"]]);
  (await channels.closed).raiseFailures();
});

Deno.test("channels of a group: a host that fails fails alone", async () => {
  await using group = new Group([
    new Local("good"),
    new Local("nowhere", NOWHERE),
  ]);
  const channels = group.open(async (channel: Channel<number, never>) => {
    await channel.send(7);
    throw new RangeError("no more");
  });
  const first = await channels.receive();
  assertEquals([...first.successful()], [["good", 7]]);
  assertInstanceOf([...first.failures()][0]![1], ConnectError);
  const ended = await channels.closed;
  assertEquals([...ended.successful()], []);
  const [[, good], [, nowhere]] = [...ended.failures()] as [
    [string, Error],
    [string, Error],
  ];
  assertInstanceOf(good, RemoteError);
  assertInstanceOf(nowhere, ConnectError);
});

Deno.test("leaving a loop over the channels of a group loses nothing", async () => {
  await using group = locals("a", "b");
  await using channels = group.open(
    async (channel: Channel<number, number>) => {
      for (let i = 0; i < 3; i++) await channel.send(i);
      for await (const n of channel) await channel.send(n);
    },
  );
  const seen = new Map<string, number[]>([["a", []], ["b", []]]);
  for (let taken = 0; taken < 4;) {
    for await (const [host, outcome] of channels) {
      if (!outcome.ok) throw outcome.error;
      seen.get(host)!.push(outcome.value);
      taken++;
      break;
    }
  }
  (await channels.send(7)).raiseFailures();
  for (const [host, channel] of channels.channels) {
    while (seen.get(host)!.length < 4) {
      seen.get(host)!.push(await channel.receive());
    }
  }
  assertEquals([...seen.values()], [[0, 1, 2, 7], [0, 1, 2, 7]]);
});

Deno.test("the channels of a group have function and values as they were, also before they are connected", async () => {
  await using group = locals("a");
  let captured = 1;
  await using channels = group.open(
    async (channel: Channel<unknown, unknown>) => {
      await channel.send(captured);
      for await (const value of channel) await channel.send(value);
    },
  );
  captured = 2;
  const value = [1];
  const sent = channels.send(value);
  value.push(2);
  (await sent).raiseFailures();
  assertEquals([...(await channels.receive()).successful()], [["a", 1]]);
  assertEquals([...(await channels.receive()).successful()], [["a", [1]]]);
});

Deno.test("channels of any hosts can be merged, and merging reads one value ahead of each", async () => {
  await using a = new Local("a");
  await using b = new Local("b");
  const send = async (channel: Channel<number, never>, from: number) => {
    for (let i = from; i < from + 3; i++) await channel.send(i);
  };
  const merged = mergeStreams([
    [1, a.open(send, 10)] as const,
    [2, b.open(send, 20)] as const,
  ]);
  const all = await Array.fromAsync(
    merged,
    ([key, outcome]) => [key, outcome.ok && outcome.value],
  );
  assertEquals(all.filter(([key]) => key === 1).map(([, n]) => n), [
    10,
    11,
    12,
  ]);
  assertEquals(all.filter(([key]) => key === 2).map(([, n]) => n), [
    20,
    21,
    22,
  ]);
  let asked = 0;
  const source = new ReadableStream({
    pull(controller) {
      controller.enqueue(asked++);
    },
  }, { highWaterMark: 0 });
  const reader = mergeStreams([["only", source]]).getReader();
  await reader.read();
  await reader.read();
  assert(asked <= 3);
  await reader.cancel();
  assertEquals(await Array.fromAsync(mergeStreams([])), []);
});

Deno.test("a group of none streams nothing", async () => {
  const none = new Group([]);
  assertEquals(await Array.fromAsync(none.stream(numbers, 3)), []);
  assertEquals((await none.open(() => {}).closed).size, 0);
});

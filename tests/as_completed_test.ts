// Taking what ends first, across tunnels, groups and queues.

import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  asCompleted,
  type Completed,
  Group,
  Local,
  Queue,
  remote,
  SerializationError,
} from "../mod.ts";
import { heard, meeting, say } from "./support/meeting.ts";
import { MOD, project, rejection, runScript } from "./support/tunnels.ts";

/** What is known of an outcome beside its time. */
function plain({ ms, ...rest }: Completed<unknown>): unknown {
  assert(ms >= 0);
  return "error" in rest ? { ...rest, error: rest.error.message } : rest;
}

Deno.test("outcomes of promises, tunnels, groups and queues come as they end, failures among them", async () => {
  await using at = await meeting();
  await using group = new Group([new Local("a"), new Local("b")]);
  await using here = new Local("c");
  const queue = new Queue();
  const found: unknown[] = [];
  const completed = asCompleted([
    here.call(async (dir) => {
      await heard(dir, "all others are there");
      return "last";
    }, at.dir),
    group.call(() => {
      if (remote.host === "b") throw new Error("not here");
      return remote.host;
    }),
    queue.call(here, () => "queued"),
    Promise.reject("a text"),
    "no promise",
  ]);
  for await (const outcome of completed) {
    found.push(plain(outcome));
    if (found.length === 5) await at.say("all others are there");
  }
  assertEquals(found.at(-1), { ok: true, value: "last", index: 0 });
  assertEquals(
    new Set(found.slice(0, 5).map((outcome) => JSON.stringify(outcome))),
    new Set([
      { host: "a", ok: true, value: "a", index: 1 },
      { host: "b", ok: false, error: "not here", index: 1 },
      { ok: true, value: "queued", index: 2 },
      { ok: false, error: "a text", index: 3 },
      { ok: true, value: "no promise", index: 4 },
    ].map((outcome) => {
      // Those of groups have their host behind.
      const { host, index, ...rest } = outcome as Record<string, unknown>;
      return JSON.stringify({ ...rest, index, host });
    })),
  );
});

Deno.test("an operation on a group that can begin nowhere is one outcome", async () => {
  await using group = new Group([new Local("a"), new Local("b")]);
  const weak = new WeakMap();
  const found = await Array.fromAsync(
    asCompleted([group.call(() => weak.has({})), new Group([]).exec(["true"])]),
  );
  assertEquals(found.length, 1);
  const [first] = found;
  assert(!first!.ok && first!.error instanceof SerializationError);
  assertEquals(first!.index, 0);
});

Deno.test("promises that reject before anybody reads do not end the program", async () => {
  await using files = await project({
    "main.ts": `import { asCompleted } from ${JSON.stringify(MOD)};
const completed = asCompleted([Promise.reject(new Error("a")), Promise.reject(new Error("b"))]);
await new Promise((resolve) => setTimeout(resolve));
for await (const { error } of completed) console.log(error.message);`,
  });
  assertEquals(
    await runScript(files, "main.ts"),
    { code: 0, stdout: "a\nb\n", stderr: "" },
  );
});

Deno.test("the signal ends the iteration and cancels groups, and leaves promises alone", async () => {
  await using at = await meeting();
  await using group = new Group([new Local("a"), new Local("b")]);
  const aborter = new AbortController();
  const reason = new Error("that is enough");
  const { promise, resolve } = Promise.withResolvers<string>();
  const stuck = group.call(async (dir) => {
    await say(dir, "begun");
    await heard(dir, "never");
  }, at.dir);
  const reading = Array.fromAsync(
    asCompleted([promise, stuck], { signal: aborter.signal }),
  );
  await at.heard("begun");
  aborter.abort(reason);
  assert(await rejection(reading) === reason);
  const errors = [...(await stuck).failures()].map(([, error]) => error);
  assertEquals(errors, [reason, reason]);
  resolve("still there");
  assertEquals(await promise, "still there");
  const { signal } = aborter;
  assert(
    await rejection(Array.fromAsync(asCompleted([1], { signal }))) === reason,
  );
});

Deno.test("leaving the loop cancels what a group has left, and returns when that has ended", async () => {
  await using at = await meeting();
  await using group = new Group([new Local("a"), new Local("b")]);
  const call = group.call(async (dir) => {
    if (remote.host === "a") await heard(dir, "never");
  }, at.dir);
  for await (const { host } of asCompleted([call])) {
    assertEquals(host, "b");
    break;
  }
  const result = await call;
  assertEquals([...result.successful()].map(([host]) => host), ["b"]);
  assertEquals([...result.failures()].map(([, { name }]) => name), [
    "AbortError",
  ]);
});

Deno.test("no more items are begun than concurrency says, nor before outcomes are taken", async () => {
  let begun = 0;
  let closed = false;
  function* work(): Generator<Promise<number>> {
    try {
      for (;;) yield Promise.resolve(++begun);
    } finally {
      closed = true;
    }
  }
  const completed = asCompleted(work(), { concurrency: 3 });
  assertEquals(begun, 3);
  let taken = 0;
  for await (const outcome of completed) {
    assertEquals(outcome.ok && outcome.value, ++taken);
    assertEquals(begun, taken + 3);
    if (taken === 10) break;
  }
  assert(closed);
  for (const concurrency of [0, 1.5, NaN, -Infinity]) {
    assertThrows(() => asCompleted([], { concurrency }), RangeError);
  }
});

Deno.test("promises of a list that reject before their turn, or are never looked at, end no program", async () => {
  const unhandled: unknown[] = [];
  const onUnhandled = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    unhandled.push(event.reason);
  };
  addEventListener("unhandledrejection", onUnhandled);
  const promises = Array.from(
    { length: 5 },
    (_, i) => Promise.reject(new Error(`${i}`)),
  );
  const seen: number[] = [];
  for await (const { index } of asCompleted(promises, { concurrency: 1 })) {
    seen.push(index);
    // A rejection that nobody handles is found at the end of a turn.
    await new Promise((resolve) => setTimeout(resolve));
    if (index === 2) break;
  }
  await new Promise((resolve) => setTimeout(resolve));
  removeEventListener("unhandledrejection", onUnhandled);
  assertEquals([seen, unhandled], [[0, 1, 2], []]);
});

Deno.test("what a generator of items throws comes after the outcomes of what it began", async () => {
  await using group = new Group([new Local("a")]);
  for (const concurrency of [1, 2, Infinity]) {
    const broken = new Error("no more of them");
    const seen: unknown[] = [];
    const reading = (async () => {
      function* work() {
        yield group.call(() => 1);
        yield Promise.resolve(2);
        throw broken;
      }
      for await (const outcome of asCompleted(work(), { concurrency })) {
        seen.push(outcome.ok && outcome.value);
      }
    })();
    assert(await rejection(reading) === broken);
    assertEquals(seen.sort(), [1, 2]);
  }
});

Deno.test("a hundred thousand promises are taken in their order of ending", async () => {
  const promises = Array.from(
    { length: 100_000 },
    (_, i) => Promise.resolve(i),
  );
  let sum = 0;
  let last = -1;
  for await (const outcome of asCompleted(promises)) {
    if (!outcome.ok) throw outcome.error;
    assert(outcome.value === last + 1);
    last = outcome.value;
    sum += outcome.index;
  }
  assertEquals([last, sum], [99_999, 4_999_950_000]);
});

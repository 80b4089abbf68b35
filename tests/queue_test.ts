// Different work for many hosts.

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  AsyncResult,
  Group,
  GroupResult,
  Local,
  NotCompletedError,
  Queue,
  remote,
  RemoteError,
  SerializationError,
} from "../mod.ts";
import { heard, meeting, say } from "./support/meeting.ts";
import { rejection } from "./support/tunnels.ts";

const double = (n: number) => n * 2;

function fail(): never {
  throw new RangeError("too far");
}

Deno.test("a result has its value once the operation is through, and says so before", async () => {
  await using here = new Local("a");
  const queue = new Queue();
  const result = queue.call(here, double, 21);
  assertInstanceOf(result, AsyncResult);
  assertThrows(
    () => result.value,
    NotCompletedError,
    'Cannot get the value of the call on "a": it has not been run',
  );
  assertEquals(result.completed, false);
  const running = queue.run();
  assertThrows(() => result.value, NotCompletedError, "it is not through");
  const { succeeded, failed, failures } = await running;
  assertEquals([succeeded, failed, failures], [1, 0, []]);
  assertEquals([result.completed, result.value], [true, 42]);
  assertEquals(await result, 42);
});

Deno.test("nothing begins before the queue is run", async () => {
  await using here = new Local();
  const queue = new Queue();
  queue.connect(here);
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(here.connected, false);
  await queue.run();
  assertEquals(here.connected, true);
});

Deno.test("awaiting a result makes the queue run, so that nothing waits for ever", async () => {
  await using here = new Local();
  const queue = new Queue();
  const all = Promise.all([1, 2, 3].map((n) => queue.call(here, double, n)));
  assertEquals(await all, [2, 4, 6]);
  // Whoever goes on from there is within the same run.
  const more = (async () => {
    await queue.call(here, double, 4);
    return queue.call(here, double, 5).completed;
  })();
  assertEquals((await queue.run()).succeeded, 5);
  assertEquals(await more, false);
});

Deno.test("callbacks get the value or the error, as many as there are", async () => {
  await using here = new Local();
  const queue = new Queue();
  const seen: unknown[] = [];
  const result = queue.call(here, double, 1);
  const returned = result
    .withCallback((value) => seen.push(["first", value]))
    .withCallback((value) => seen.push(["second", value]), () => seen.push(0));
  queue.call(here, fail)
    .withCallback(() => seen.push(0), (error) => seen.push(error.message));
  assert(returned === result);
  await queue.run();
  assertEquals(seen, [["first", 2], ["second", 2], "too far"]);
  // Also of one that is through already.
  result.withCallback((value) => seen.push(["late", value]));
  await queue.run();
  assertEquals(seen.at(-1), ["late", 2]);
});

Deno.test("a host does its work in order, by whichever view of its tunnel it was queued", async () => {
  await using at = await meeting();
  const path = `${at.dir}/log`;
  await using here = new Local();
  const views = [here, here.with({ env: { A: "1" } }), here.with({ cwd: "/" })];
  const queue = new Queue();
  for (let i = 0; i < 30; i++) {
    // An own environment means a process of its own, which does not keep the order by itself.
    queue.call(
      views[i % 3]!,
      (path, i) => Deno.writeTextFile(path, `${i} `, { append: true }),
      path,
      i,
    );
    if (i % 5 === 0) {
      queue.exec(views[i % 3]!, ["sh", "-c", `printf 'x ' >> ${path}`]);
    }
  }
  (await queue.run()).raiseFailures();
  const expected = Array.from(
    { length: 30 },
    (_, i) => i % 5 === 0 ? `${i} x ` : `${i} `,
  );
  assertEquals(await Deno.readTextFile(path), expected.join(""));
});

Deno.test("hosts work at once, and none waits for another", async () => {
  await using at = await meeting();
  await using group = new Group([new Local("a"), new Local("b")]);
  const [a, b] = group;
  const queue = new Queue();
  // Each step of one needs the step before of the other.
  queue.call(a!, (dir) => heard(dir, "b1"), at.dir);
  queue.call(a!, (dir) => say(dir, "a2"), at.dir);
  queue.call(b!, (dir) => say(dir, "b1"), at.dir);
  queue.call(b!, (dir) => heard(dir, "a2"), at.dir);
  assertEquals((await queue.run()).raiseFailures().succeeded, 4);
});

Deno.test("a group's hosts each go on to their next operation, whatever the others do", async () => {
  await using at = await meeting();
  await using group = new Group([new Local("a"), new Local("b")]);
  const [a, b] = group;
  const queue = new Queue();
  const result = queue.call(group, async (dir) => {
    if (remote.host === "a") await heard(dir, "b is further");
    return remote.host;
  }, at.dir);
  queue.call(b!, (dir) => say(dir, "b is further"), at.dir);
  const after = queue.call(group.difference(a!), () => remote.host);
  assertThrows(() => result.value, NotCompletedError, "on 2 hosts");
  (await queue.run()).raiseFailures();
  assertInstanceOf(result.value, GroupResult);
  assertEquals([...result.value.successful()], [["a", "a"], ["b", "b"]]);
  assertEquals([...after.value.keys()], ["b"]);
});

Deno.test("a group's result tells which hosts failed, and the operation does not", async () => {
  await using group = new Group([
    new Local("a"),
    new Local("b", { runtime: "/no/such/deno" }),
  ]);
  const queue = new Queue();
  const result = queue.call(group, double, 1);
  const { succeeded, failed, failures } = await queue.run();
  assertEquals([succeeded, failed], [1, 1]);
  assertEquals([failures[0]!.host, failures[0]!.operation], ["b", "call"]);
  assertEquals([...result.value.successful()], [["a", 2]]);
  assertEquals([...result.value.failures()].map(([host]) => host), ["b"]);
  const empty = queue.call(new Group([]), double, 1);
  await queue.run();
  assertEquals(empty.value.size, 0);
});

Deno.test("callbacks add work, also for other tunnels, and run waits for all of it", async () => {
  await using here = new Local("a");
  await using other = new Local("b");
  const queue = new Queue();
  const seen: number[] = [];
  function next(n: number): void {
    seen.push(n);
    if (n < 32) {
      queue.call(n % 3 === 0 ? here : other, double, n).withCallback(next);
    }
  }
  queue.call(here, double, 1).withCallback(async (n) => {
    // Waiting for something else, it is still the queue's own.
    await here.call(() => 0);
    next(n);
  });
  const { succeeded } = await queue.run();
  assertEquals(seen, [2, 4, 8, 16, 32]);
  assertEquals(succeeded, 5);
});

Deno.test("what a callback throws is thrown by run, once all work is done", async () => {
  await using here = new Local();
  const queue = new Queue();
  const broken = new Error("the callback is broken");
  queue.call(here, double, 1).withCallback(() => {
    throw broken;
  });
  const last = queue.call(here, double, 2);
  assert(await rejection(queue.run()) === broken);
  assertEquals(last.value, 4);
  // Which is also so for several, and for promises; a failed operation is no failed callback.
  queue.call(here, double, 1)
    .withCallback(() => Promise.reject(broken))
    .withCallback(() => queue.call(here, fail))
    .withCallback(() => {
      throw "text";
    });
  const error = await rejection(queue.run());
  assertInstanceOf(error, AggregateError);
  assertEquals(new Set(error.errors), new Set([broken, "text"]));
  assertEquals((await queue.run()).failed, 0);
});

Deno.test("an operation that fails leaves the others alone, and is in the result of the run", async () => {
  await using here = new Local("a");
  const queue = new Queue();
  const results = [
    queue.call(here, fail),
    queue.exec(here, ["/no/such/command"]),
    queue.exec(here, ["false"]),
    queue.call(here, double, 3),
  ] as const;
  const result = await queue.run();
  assertThrows(() => results[0].value, RemoteError, "too far");
  assertInstanceOf(await rejection(Promise.resolve(results[0])), RemoteError);
  assertEquals(results[2].value.code, 1);
  assertEquals(results[3].value, 6);
  const { message } = assertThrows(() => result.raiseFailures());
  assertMatchLines(message, result.failed);
});

function assertMatchLines(message: string, failed: number): void {
  const [first, ...lines] = message.split("\n");
  assertEquals(first, `${failed} of 4 operations failed`);
  assertEquals(lines.length, failed);
  assertStringIncludes(message, "  a: RangeError: too far");
}

Deno.test("what is sent is what it was when it was queued", async () => {
  await using here = new Local();
  const queue = new Queue();
  let factor = 2;
  const list = [1];
  const result = queue.call(
    here,
    (list: number[]) => [factor, list.length],
    list,
  );
  factor = 3;
  list.push(2);
  await queue.run();
  assertEquals(result.value, [2, 1]);
});

Deno.test("what cannot be sent fails its operation alone, and nobody is connected to for it", async () => {
  await using group = new Group([new Local("a"), new Local("b")]);
  const queue = new Queue();
  const weak = new WeakMap();
  const results = [
    queue.call(group, () => weak.has({})),
    queue.call(group, (x: unknown) => typeof x, () => {}),
    queue.call([...group][0]!, (x: unknown) => typeof x, new WeakSet()),
  ];
  assertEquals((await queue.run()).failed, 5);
  for (const result of results) {
    assertThrows(() => result.value, SerializationError);
  }
  assertEquals([...group].map(({ connected }) => connected), [false, false]);
});

Deno.test("connecting is an operation too, also when it has been done already", async () => {
  await using here = new Local();
  const queue = new Queue();
  await here.connect();
  const again = queue.connect(here);
  await queue.run();
  assert(again.value === here);
  await using group = new Group([new Local("a"), new Local("b")]);
  const all = queue.connect(group);
  await queue.run();
  assertEquals([...all.value.values()].map(({ ok }) => ok), [true, true]);
  assertEquals([...group].map(({ connected }) => connected), [true, true]);
});

Deno.test("no more hosts work at once than were asked for, and they take turns", async () => {
  await using at = await meeting();
  await using group = new Group(["a", "b", "c"].map((name) => new Local(name)));
  await group.connect();
  const queue = new Queue({ concurrency: 1 });
  for (let i = 0; i < 3; i++) {
    queue.call(group, async (dir) => {
      await Deno.mkdir(`${dir}/taken`); // Fails if somebody is there.
      await Deno.writeTextFile(`${dir}/log`, remote.host, { append: true });
      await Deno.remove(`${dir}/taken`);
    }, at.dir);
  }
  (await queue.run()).raiseFailures();
  assertEquals(await Deno.readTextFile(`${at.dir}/log`), "abcabcabc");
});

Deno.test("what is no target, no function or no number is an error at once", () => {
  const queue = new Queue();
  for (const target of ["web1", null, 5, {}, [1]]) {
    assertThrows(
      () => queue.call(target as unknown as Local, double, 1),
      TypeError,
      "neither a tunnel nor a group",
    );
  }
  assertThrows(
    () => queue.call(new Local(), 5 as unknown as typeof double, 1),
    TypeError,
    "no function",
  );
  for (const concurrency of [0, 1.5, NaN, -1]) {
    assertThrows(() => new Queue({ concurrency }), RangeError, "concurrency");
  }
});

Deno.test("a host that a target names twice does its work once", async () => {
  await using here = new Local("a");
  const queue = new Queue();
  const twice = [here, here] as unknown as Group;
  const result = await queue.call(twice, double, 2);
  assertEquals([...result.successful()], [["a", 4]]);
  const others = [here, new Local("a")] as unknown as Group;
  assertThrows(
    () => queue.call(others, double, 2),
    TypeError,
    `two hosts named "a"`,
  );
});

Deno.test("streams among the arguments are read when their turn comes", async () => {
  await using here = new Local();
  const queue = new Queue();
  queue.call(here, double, 1);
  const stream = ReadableStream.from([1, 2, 3]);
  const sum = queue.call(here, async (numbers: ReadableStream<number>) => {
    let sum = 0;
    for await (const number of numbers) sum += number;
    return sum;
  }, stream);
  (await queue.run()).raiseFailures();
  assertEquals(sum.value, 6);
});

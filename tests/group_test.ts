// Many hosts at once.

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  Channel,
  ConnectError,
  expandHosts,
  Group,
  GroupError,
  GroupResult,
  Local,
  type Outcome,
  Queue,
  remote,
  RemoteError,
  SerializationError,
} from "../mod.ts";
import { Readable } from "node:stream";
import { count } from "./testdata/counter.ts";
import { heard, meeting } from "./support/meeting.ts";
import { rejection } from "./support/tunnels.ts";

const NOWHERE = { runtime: "/no/such/deno" };

function locals(...names: string[]): Group {
  return new Group(names.map((name) => new Local(name)));
}

Deno.test("a call on a group gives each host's outcome, in the order of the group", async () => {
  await using group = new Group([
    new Local("a"),
    new Local("b", NOWHERE),
    new Local("c"),
  ]);
  const result = await group.call((x: number) => {
    if (remote.host === "c") throw new RangeError("not here");
    return x * 2;
  }, 21);
  assertInstanceOf(result, GroupResult);
  assertEquals([...result.keys()], ["a", "b", "c"]);
  assertEquals([...result.successful()], [["a", 42]]);
  const failures = new Map(result.failures());
  assertInstanceOf(failures.get("b"), ConnectError);
  assertInstanceOf(failures.get("c"), RemoteError);
  for (const outcome of result.values()) assert(outcome.ms >= 0);
  const error = assertThrows(() => result.raiseFailures(), GroupError);
  assertStringIncludes(error.message, "2 of 3 hosts failed");
  assertStringIncludes(error.message, "c: RangeError: not here");
});

Deno.test("outcomes can be followed as they arrive", async () => {
  await using group = locals("slow", "fast");
  const order: [string, Outcome<string>][] = [];
  await using at = await meeting();
  const call = group.call(async (dir) => {
    if (remote.host === "slow") await heard(dir, "the other one is through");
    return remote.host;
  }, at.dir);
  for await (const [host, outcome] of call) {
    order.push([host, outcome]);
    if (host === "fast") await at.say("the other one is through");
  }
  assertEquals(order.map(([host]) => host), ["fast", "slow"]);
  assertEquals(
    order.map(([, outcome]) => outcome.ok && outcome.value),
    ["fast", "slow"],
  );
});

Deno.test("a slow consumer holds hosts back, and leaving the loop cancels the rest", async () => {
  let running = 0;
  let begun = 0;
  const names = Array.from({ length: 20 }, (_, i) => `h${i}`);
  class Counted extends Local {
    // Only this process counts: what is held back never begins.
    override with(options: Parameters<Local["with"]>[0]): this {
      begun++;
      return super.with(options);
    }
  }
  await using group = new Group(names.map((name) => new Counted(name)), {
    concurrency: 2,
  });
  const other = new Local("other");
  for await (const [, outcome] of group.exec(["true"])) {
    assert(outcome.ok);
    // Time enough for all of them, if nothing held them back.
    for (let i = 0; i < 20; i++) await other.exec(["true"]);
    assert(begun <= running + 2 * 2 + 2, `${begun} hosts were begun`);
    if (++running === 3) break;
  }
});

Deno.test("empty groups, groups of failures and hosts named twice have answers", async () => {
  const empty = new Group([]);
  assertEquals((await empty.call(count)).size, 0);
  for await (const _ of empty.call(count)) throw new Error("there is nobody");
  assertEquals((await empty.call(count)).raiseFailures().size, 0);
  await using failing = new Group([
    new Local("a", NOWHERE),
    new Local("b", NOWHERE),
  ]);
  const result = await failing.call(count);
  assertEquals([...result.successful()], []);
  assertThrows(() => result.raiseFailures(), GroupError, "2 of 2 hosts failed");
  const one = new Local("x");
  assertEquals(new Group([one, one, "web1", "web1"]).hosts, ["x", "web1"]);
  assertThrows(
    () => new Group([one, new Local("x")]),
    TypeError,
    'two hosts named "x"',
  );
  assertThrows(() => new Group("web1"), TypeError, "use Group.parse");
});

Deno.test("a host that failed is tried again by the next call", async () => {
  const dir = await Deno.makeTempDir();
  const runtime = `${dir}/deno`;
  try {
    await using group = new Group([new Local("a", { runtime })]);
    assertEquals([...(await group.call(count)).failures()].length, 1);
    await Deno.symlink(Deno.execPath(), runtime);
    assertEquals([...(await group.call(count)).successful()], [["a", 1]]);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("all hosts are called with what there was at the time of the call", async () => {
  let value = 1;
  const args = [1];
  await using group = new Group(
    ["a", "b", "c"].map((name) => new Local(name)),
    { concurrency: 1 },
  );
  const call = group.call((list: number[]) => [value, list.length], args);
  value = 2;
  args.push(2);
  const result = await call;
  assertEquals(
    [...result.successful()].map(([, found]) => found),
    [[1, 1], [1, 1], [1, 1]],
  );
});

Deno.test("what cannot be sent fails the call as a whole, before any host is asked", async () => {
  await using group = locals("a", "b");
  const weak = new WeakMap();
  assertInstanceOf(
    await rejection(Promise.resolve(group.call(() => weak.has({})))),
    SerializationError,
  );
  assertInstanceOf(
    await rejection((async () => {
      for await (const _ of group.call((x: unknown) => x, () => 1));
    })()),
    SerializationError,
  );
  assertEquals([...group].map(({ connected }) => connected), [false, false]);
});

Deno.test("a stream for many hosts is refused before any is asked, and what begins anew is for all", async () => {
  await using group = locals("a", "b");
  const stream = ReadableStream.from([1, 2]);
  const [near, far] = Channel.pair();
  async function* generator() {
    yield await Promise.resolve(1);
  }
  const queue = new Queue();
  const all = (values: unknown) => Array.fromAsync(values as number[]);
  const node = Readable.from([1]);
  const once = [stream, new WritableStream(), far, generator(), node];
  for (const one of once) {
    const args = [{ one }];
    for (
      const start of [
        async () => await group.call((..._: unknown[]) => 1, args),
        async () => await queue.call(group, (..._: unknown[]) => 1, args),
        () => Array.fromAsync(group.stream((..._: unknown[]) => [1], args)),
        async () =>
          (await group.open((_: Channel, ..._more: unknown[]) => 1, args)
            .receive()).raiseFailures(),
      ]
    ) {
      const error = await rejection((async () => await start())());
      assertInstanceOf(error, SerializationError);
      assertEquals(error.path, "args[0][0].one");
      assertStringIncludes(error.message, "only one of 2 hosts could have");
    }
  }
  assertEquals([...group].map(({ connected }) => connected), [false, false]);
  assertEquals(await Array.fromAsync(stream), [1, 2]);
  await near.close();
  const anew = { [Symbol.asyncIterator]: generator, next: null };
  const result = (await group.call(all, anew)).raiseFailures();
  assertEquals([...result.successful()], [["a", [1]], ["b", [1]]]);
});

Deno.test("each host can have an argument of its own", async () => {
  await using group = locals("a", "b");
  const double = (n: number) => n * 2;
  assertEquals(
    [...(await group.call.each([1, 2], double)).successful()],
    [["a", 2], ["b", 4]],
  );
  const byName = new Map([["b", 5], ["a", 4]]);
  assertEquals(
    [...(await group.call.each(byName, double)).successful()],
    [["a", 8], ["b", 10]],
  );
  assertThrows(() => group.call.each([1], double), TypeError, "one for each");
  assertThrows(
    () => group.call.each(new Map([["a", 1], ["x", 2]]), double),
    TypeError,
  );
});

Deno.test("commands run on all hosts, and operations carry options", async () => {
  await using group = locals("a", "b");
  const result = await group.with({ env: { WHO: "me" } }).exec(
    ["sh", "-c", "echo $WHO; exit 3"],
  );
  for (const [, { code, stdout }] of result.raiseFailures().successful()) {
    assertEquals(code, 3);
    assertEquals(new TextDecoder().decode(stdout), "me\n");
  }
  const late = await group.with({ timeout: 200 }).exec(["sleep", "60"]);
  for (const [, error] of late.failures()) {
    assertEquals(error.name, "TimeoutError");
  }
  assertEquals([...late.successful()], []);
});

Deno.test("groups and tunnels are sets of hosts", async () => {
  const [a, b, c] = ["a", "b", "c"].map((name) => new Local(name));
  const left = new Group([a!, b!]);
  const right = new Group([b!, c!]);
  assertEquals(left.union(right).hosts, ["a", "b", "c"]);
  assertEquals(left.intersection(right).hosts, ["b"]);
  assertEquals(left.difference(right).hosts, ["a"]);
  assertEquals(left.symmetricDifference(right).hosts, ["a", "c"]);
  assertEquals(left.union(c!).hosts, ["a", "b", "c"]);
  assertEquals(a!.union(right).hosts, ["a", "b", "c"]);
  assertEquals(a!.intersection(right).hosts, []);
  assertEquals(a!.difference(left).hosts, []);
  assertEquals(b!.symmetricDifference(left).hosts, ["a"]);
  await using group = left.union(c!);
  const isB = () => remote.host === "b";
  assertEquals((await group.filter(isB)).hosts, ["b"]);
  assertEquals((await group.filter(isB, { exclude: true })).hosts, ["a", "c"]);
  assertEquals((await b!.filter(isB)).hosts, ["b"]);
  const error = await rejection(group.filter(() => {
    throw new Error("no idea");
  }));
  assertInstanceOf(error, GroupError);
});

Deno.test("a message about 300 hosts can be read", () => {
  const failures = new Map(
    Array.from({ length: 300 }, (_, i) => {
      const host = `web${i}`;
      return [
        host,
        new Error(
          i < 290 ? `Cannot connect to "${host}": no route` : `odd ${i}`,
        ),
      ];
    }),
  );
  const { message } = new GroupError(failures, 400);
  const lines = message.split("\n");
  assertEquals(lines[0], "300 of 400 hosts failed");
  assertEquals(
    lines[1],
    `  web0, web1, web2, web3, web4 and 285 more: Cannot connect to "…": no route`,
  );
  assertEquals(lines.at(-1), "  and 1 other reason");
  assertEquals(lines.length, 12);
});

Deno.test("host patterns count, list, leave out, limit and name groups", () => {
  const groups = { db: "db[1-2]", all: ["@db", "web1"], loop: "@loop" };
  for (
    const [text, hosts] of [
      ["web1", ["web1"]],
      ["web[08-11]", ["web08", "web09", "web10", "web11"]],
      ["web[0-10/5]", ["web0", "web5", "web10"]],
      ["r[1-2]n[a,3-4].x", [
        "r1na.x",
        "r1n3.x",
        "r1n4.x",
        "r2na.x",
        "r2n3.x",
        "r2n4.x",
      ]],
      ["a,b c", ["a", "b", "c"]],
      ["web[1-3]!web2", ["web1", "web3"]],
      ["web[1-3] & web[2-9] ! web3", ["web2"]],
      ["a,b,a", ["a", "b"]],
      ["@all!db1", ["db2", "web1"]],
      ["root@[::1]:22", ["root@[::1]:22"]],
      ["local:a,ssh://u@h:2", ["local:a", "ssh://u@h:2"]],
      ["", []],
    ] as [string, string[]][]
  ) assertEquals(expandHosts(text, { groups }), hosts, text);
  for (
    const [text, why] of [
      ["web[1-", "not closed"],
      ["web[]", "brackets hold"],
      ["web[3-1]", "is empty"],
      ["web[1-3/0]", "is empty"],
      ["web]", "brackets hold"],
      ["@none", 'Cannot find the group "@none"'],
      ["@loop", "contains itself"],
      ["web[1--3]", "is no range"],
      ["web[a-c]", "is no range"],
      ["web[99999999999999999998-99999999999999999999]", "too large"],
      ["a!", 'nothing follows "!"'],
      ["a!,b", 'nothing follows "!"'],
    ] as [string, string][]
  ) assertThrows(() => expandHosts(text, { groups }), SyntaxError, why);
  assertThrows(() => expandHosts("h[1-999][1-999]"), RangeError, "more than");
  assertThrows(() => expandHosts("h[1-999999999]"), RangeError, "more than");
});

Deno.test("a signal of the group cancels its operations, and so does one of a view of it", async () => {
  await using group = new Group([new Local("a"), new Local("b")]);
  for (const inner of [true, false]) {
    const [one, two] = [new AbortController(), new AbortController()];
    const view = group.with({ signal: one.signal }).with({
      signal: two.signal,
    });
    const call = view.exec(["sleep", "1000"]);
    const reason = new Error("enough");
    (inner ? two : one).abort(reason);
    const result = await call;
    for (const [, error] of result.failures()) assert(error === reason);
    assertEquals([...result.failures()].length, 2);
  }
});

Deno.test("what a group says of failures stays short, whatever they say", () => {
  const failures = new Map(
    Array.from(
      { length: 300 },
      (_, i) => [`web${i}`, new Error(`${i % 12} ${"long ".repeat(1e5)}`)],
    ),
  );
  const { message } = new GroupError(failures, 300);
  const lines = message.split("\n");
  assertEquals(lines.length, 12);
  assertStringIncludes(lines[1]!, "web0, web12, web24, web36, web48 and 20 ");
  assert(lines.every(({ length }) => length < 600), `${message.length}`);
  const silent = new Map([["a", new TypeError("")], ["b", new Error("")]]);
  assertEquals(
    new GroupError(silent, 2).message,
    "2 of 2 hosts failed\n  a: TypeError\n  b: Error",
  );
});

// A queue in which things go wrong: hosts that cannot be reached, cancelling, stopping.

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  ConnectError,
  Group,
  Local,
  NotCompletedError,
  Queue,
  remote,
  SkippedError,
  SSH,
  TunnelClosedError,
} from "../mod.ts";
import { heard, meeting, say } from "./support/meeting.ts";
import { MOD, project, rejection, runScript } from "./support/tunnels.ts";

const double = (n: number) => n * 2;

function fail(): never {
  throw new RangeError("too far");
}

/** A place where nobody listens: no test is given that port by the system. */
function nobody(name: string): SSH {
  return new SSH("127.0.0.1", { name, port: 1 });
}

Deno.test("all that waits for a host that cannot be reached fails for that reason, and later work tries anew", async () => {
  let asked = 0;
  const dead = nobody("dead");
  await using here = new Local("here");
  const queue = new Queue();
  const results = [
    queue.connect(dead),
    queue.call(dead, double, 1),
    queue.exec(dead, ["true"]),
  ];
  results[0]!.withCallback(undefined, () => {
    asked++;
    queue.call(dead, double, 2).withCallback(undefined, () => asked++);
  });
  const other = queue.call(here, double, 4);
  const { failed, failures } = await queue.run();
  const errors = results.map((result) =>
    assertThrows(() => result.value, ConnectError)
  );
  assertEquals(errors.map(({ reason }) => reason), Array(3).fill("refused"));
  assert(errors[0] === errors[1] && errors[0] === errors[2]);
  assertEquals([failed, asked, other.value], [4, 2, 8]);
  // The one that was added later has an error of its own: it was tried.
  assert(failures[3]!.error !== errors[0]);
  assertInstanceOf(failures[3]!.error, ConnectError);
});

Deno.test("a place without a runtime still runs commands", async () => {
  const queue = new Queue();
  const bare = new Local("bare", { runtime: "/no/such/deno" });
  const [call, exec] = [
    queue.call(bare, double, 1),
    queue.exec(bare, ["true"]),
  ];
  await queue.run();
  assertThrows(() => call.value, ConnectError, "/no/such/deno");
  assertEquals(exec.value.code, 0);
});

Deno.test("a hundred thousand operations neither grow the stack nor take their time", async () => {
  const queue = new Queue();
  const dead = nobody("dead");
  let called = 0;
  let last;
  for (let i = 0; i < 100_000; i++) {
    last = queue.call(dead, double, i).withCallback(undefined, () => called++);
  }
  const { failed, failures } = await queue.run();
  assertEquals([failed, called, failures.length], [100_000, 100_000, 1000]);
  assertThrows(() => last!.value, ConnectError);
});

Deno.test("stopOnError leaves out the rest of a host and not of others, and says why", async () => {
  await using group = new Group([new Local("a"), new Local("b")]);
  const [a, b] = group;
  const queue = new Queue({ stopOnError: true });
  const first = queue.call(a!, fail);
  const second = queue.exec(a!, ["true"]);
  first.withCallback(undefined, () => queue.exec(a!, ["true"]));
  const both = queue.call(group, double, 1);
  const other = queue.call(b!, double, 2);
  const { succeeded, failed } = await queue.run();
  const skipped = assertThrows(() => second.value, SkippedError);
  assertEquals(
    skipped.message,
    `Cannot run the exec on "a": an earlier call failed there (too far)`,
  );
  assert(skipped.cause === assertThrows(() => first.value));
  assertInstanceOf(new Map(both.value.failures()).get("a"), SkippedError);
  assertEquals([succeeded, failed, other.value], [2, 4, 4]);
  // The next run begins anew.
  const again = queue.call(a!, double, 3);
  await queue.run();
  assertEquals(again.value, 6);
});

Deno.test("one operation is cancelled by its result, while it waits and while it runs", async () => {
  await using at = await meeting();
  await using here = new Local("a");
  const queue = new Queue();
  const running = queue.call(here, async (dir) => {
    await say(dir, "begun");
    await heard(dir, "never");
  }, at.dir);
  const waiting = queue.exec(here, ["touch", `${at.dir}/touched`]);
  const kept = queue.call(here, double, 1);
  waiting.cancel();
  assertEquals(waiting.completed, true);
  const run = queue.run();
  await at.heard("begun");
  const reason = new Error("enough of it");
  running.cancel(reason);
  assertEquals((await run).failed, 2);
  assert(assertThrows(() => running.value) === reason);
  const { name, message } = assertThrows(() => waiting.value, DOMException);
  assertEquals(name, "AbortError");
  assertEquals(message, 'The exec on "a" was cancelled');
  assertEquals(kept.value, 2);
  assertThrows(() => Deno.statSync(`${at.dir}/touched`), Deno.errors.NotFound);
  kept.cancel(); // Which is too late.
  assertEquals(kept.value, 2);
});

Deno.test("the signal of a tunnel cancels its operations, also those that wait", async () => {
  await using here = new Local();
  const queue = new Queue();
  const aborter = new AbortController();
  const view = here.with({ signal: aborter.signal });
  const results = [queue.call(view, double, 1), queue.call(view, double, 2)];
  const kept = queue.call(here, double, 3);
  const reason = new Error("not wanted");
  aborter.abort(reason);
  results.push(queue.call(view, double, 4));
  for (const result of results) {
    assert(assertThrows(() => result.value) === reason);
  }
  assertThrows(() => kept.value, NotCompletedError);
  assertEquals((await queue.run()).failed, 3);
  assertEquals(kept.value, 6);
});

Deno.test("a group's operations obey the signals of its tunnels and its own", async () => {
  await using at = await meeting();
  await using group = new Group([new Local("a"), new Local("b")]);
  const aborter = new AbortController();
  const reason = new Error("not wanted");
  const call = group.with({ signal: aborter.signal }).call(async (dir) => {
    await say(dir, "begun");
    await heard(dir, "never");
  }, at.dir);
  await at.heard("begun");
  aborter.abort(reason);
  const result = await call;
  assertEquals([...result.failures()].map(([, error]) => error), [
    reason,
    reason,
  ]);
});

Deno.test("a signal cancels all that is queued, and run rejects with its reason when nothing runs any more", async () => {
  await using at = await meeting();
  await using group = new Group([new Local("a"), new Local("b")]);
  const queue = new Queue();
  const aborter = new AbortController();
  const reason = new Error("that is all");
  const stuck = queue.call(group, async (dir) => {
    await say(dir, "begun");
    await heard(dir, "never");
  }, at.dir);
  const next = queue.call(group, double, 1);
  // Who starts again what fails must not keep a cancelled queue running.
  const retry = () => void queue.call(group, double, 1).withCallback(retry);
  next.withCallback(retry, retry);
  const run = queue.run({ signal: aborter.signal });
  await at.heard("begun");
  aborter.abort(reason);
  assert(await rejection(run) === reason);
  for (const { value } of [stuck, next]) {
    assertEquals([...value.failures()].map(([, error]) => error), [
      reason,
      reason,
    ]);
  }
  // The queue itself can be used again.
  const later = queue.call(group, double, 2);
  await queue.run();
  assertEquals([...later.value.successful()], [["a", 4], ["b", 4]]);
});

Deno.test("a queue whose own signal is aborted is over", async () => {
  await using here = new Local();
  const aborter = new AbortController();
  const queue = new Queue({ signal: aborter.signal });
  const waiting = queue.call(here, double, 1);
  const reason = new Error("that is all");
  aborter.abort(reason);
  assert(await rejection(Promise.resolve(waiting)) === reason);
  assert(await rejection(queue.run()) === reason);
  assert(assertThrows(() => queue.call(here, double, 1)) === reason);
  assertEquals(here.connected, false);
});

Deno.test("a failed result that nobody looks at does not end the program", async () => {
  await using files = await project({
    "main.ts": `import { Local, Queue } from ${JSON.stringify(MOD)};
await using here = new Local();
const queue = new Queue();
queue.call(here, () => { throw new Error("unseen"); });
queue.call(here, () => 1).withCallback(console.log);
const { failed, failures } = await queue.run();
console.log(failed, failures[0].error.message);`,
  });
  const ran = await runScript(files, "main.ts");
  assertEquals(ran, { code: 0, stdout: "1\n1 unseen\n", stderr: "" });
});

Deno.test("what a callback throws ends the program when nobody waits for the run", async () => {
  await using files = await project({
    "main.ts": `import { Local, Queue } from ${JSON.stringify(MOD)};
await using here = new Local();
const queue = new Queue();
queue.call(here, () => 1).withCallback(() => { throw new Error("broken callback"); });
await queue.call(here, () => 2);
await new Promise(() => setTimeout(() => {}, 20_000));`,
  });
  const { code, stderr } = await runScript(files, "main.ts");
  assertEquals(code, 1);
  assertStringIncludes(stderr, "broken callback");
});

Deno.test("agents that are killed in the middle fail what they do, and nothing else", async () => {
  await using at = await meeting();
  const hosts = Array.from({ length: 6 }, (_, i) => `n${i}`);
  await using group = new Group(hosts.map((name) => new Local(name)));
  const [first, second] = group;
  const queue = new Queue();
  const stuck = [first!, second!].map((tunnel) =>
    queue.call(tunnel, async (dir) => {
      await say(dir, remote.host);
      await heard(dir, "never");
    }, at.dir)
  );
  const all = queue.call(group, double, 1);
  const run = queue.run();
  for (const tunnel of [first!, second!]) {
    await at.heard(tunnel.host);
    Deno.kill((await tunnel.info()).pid, "SIGKILL");
  }
  const { succeeded, failed, failures } = await run;
  assertEquals([succeeded, failed], [6, 2]);
  assertEquals(failures.map(({ host }) => host).sort(), ["n0", "n1"]);
  for (const result of stuck) {
    assertThrows(() => result.value, TunnelClosedError);
  }
  // The next operation of a host has a new connection.
  assertEquals([...all.value.successful()].length, 6);
});

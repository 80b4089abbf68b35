// Files in a queue.

import { assert, assertEquals, assertThrows } from "@std/assert";
import { Group, Local, Queue, TransferError } from "../mod.ts";
import { project } from "./support/tunnels.ts";

function locals(...names: string[]): Group {
  return new Group(names.map((name) => new Local(name)));
}

Deno.test("files are put and fetched in their turn, to and from one host and many", async () => {
  await using files = await project({ "source.txt": "not this" });
  const { dir } = files;
  await using group = locals("a", "b");
  const [a] = group;
  const queue = new Queue();
  const put = queue.put(group, `${dir}/source.txt`, `${dir}/copy`, {
    mode: 0o600,
  });
  const own = queue.put(a!, new TextEncoder().encode("bytes"), `${dir}/own`);
  const fetched = queue.fetch(group, `${dir}/copy`, `${dir}/{host}.txt`);
  const chained = queue.fetch(a!, `${dir}/own`, `${dir}/own-back`);
  await Deno.writeTextFile(`${dir}/source.txt`, "hello"); // It is read later.
  (await queue.run()).raiseFailures();
  assertEquals([...put.value.successful()].map(([, { size }]) => size), [5, 5]);
  assertEquals(await Deno.readTextFile(`${dir}/b.txt`), "hello");
  assertEquals((await Deno.stat(`${dir}/copy`)).mode! & 0o777, 0o600);
  assertEquals(own.value.size, 5);
  assertEquals(chained.value.sha256, own.value.sha256);
  assertEquals(
    fetched.value.get("a")!.ok && fetched.value.get("b")!.ok,
    true,
  );
});

Deno.test("a stream goes to all hosts of a group, though they get to it at different times", async () => {
  await using group = locals("a", "b");
  const [a] = group;
  const queue = new Queue();
  for (let i = 0; i < 20; i++) queue.call(a!, () => {});
  const stream = new Blob(["x".repeat(1_000_000)]).stream();
  const put = queue.put(group, stream);
  (await queue.run()).raiseFailures();
  const results = [...put.value.successful()].map(([, result]) => result);
  assertEquals(results.map(({ size }) => size), [1_000_000, 1_000_000]);
  assertEquals(results[0]!.sha256, results[1]!.sha256);
  for (const { remotePath } of results) await Deno.remove(remotePath);
});

Deno.test("what is wrong with a file's name or mode is said at once, and a missing file when it is read", async () => {
  await using group = locals("a", "b");
  const [a] = group;
  const queue = new Queue();
  assertThrows(
    () => queue.fetch(group, "/etc/hostname", "/tmp/all"),
    TypeError,
    "a file of its own",
  );
  assertThrows(
    () => queue.put(a!, new Uint8Array(), "/tmp/x", { mode: -1 }),
    RangeError,
  );
  const puts = [queue.put(group, "/no/such"), queue.put(a!, "/no/such")];
  const { failed } = await queue.run();
  assertEquals(failed, 3);
  for (const put of puts) {
    const { side, path } = assertThrows(() => put.value, TransferError);
    assertEquals([side, path], ["here", "/no/such"]);
  }
  const cancelled = queue.put(group, "/no/such");
  cancelled.cancel();
  assertEquals((await queue.run()).failed, 2);
  assert(
    [...cancelled.value.failures()].every(([, { name }]) =>
      name === "AbortError"
    ),
  );
});

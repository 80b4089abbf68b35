// `sync` with a hostile receiver, or with one who changes the tree meanwhile: it gets what was listed
// and no more, and what it says is kept within bounds.

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
} from "@std/assert";
import {
  DONE,
  ENTRIES,
  EVENTS,
  MAX_BATCHES,
  WANTS,
} from "../files/sync_messages.ts";
import { FileError } from "../files/file_error.ts";
import { sendTree } from "../files/sync_send.ts";
import { LocalTree } from "../files/sync_source.ts";
import { walk } from "../files/sync_walk.ts";
import { SharedTree, treeOf as treeToSend } from "../tunnels/shared_tree.ts";
import { SyncReport } from "../tunnels/sync_report.ts";
import { decodeValue } from "../wire/decode_value.ts";
import { encodeValue } from "../wire/encode_value.ts";
import { ProtocolError } from "../wire/errors.ts";
import { scratch } from "./support/trees.ts";
import { pair, type Said, send } from "./support/sync_ends.ts";

for (
  const [name, answers] of Object.entries<Said[]>({
    "a file that is none of the batch": [[WANTS, [[50, null]]]],
    "a directory": [[WANTS, [[0, null]]]],
    "a link": [[WANTS, [[2, null]]]],
    "a file twice": [[WANTS, [[1, null], [1, null]]]],
    "a file of a prototype": [[WANTS, [["__proto__", null]]]],
    "nothing that can be read": [[WANTS, 5]],
    "more than was listed": [[WANTS, []], [WANTS, []], [WANTS, []]],
    "something with a digest without end": [[WANTS, [[1, "f".repeat(1e5)]]]],
    "an unknown record": [[55, 1]],
  })
) {
  Deno.test(`a receiver that wants ${name} is refused`, async () => {
    await using files = await scratch();
    const a = await files.tree("a", { "f": "1", "l": { link: "/etc/passwd" } });
    const { error } = await send(new LocalTree(a), answers);
    assertInstanceOf(error, ProtocolError);
  });
}

Deno.test("a sender lists ahead of the answers, but not without a bound", async () => {
  await using files = await scratch();
  const nodes: Record<string, string> = {};
  for (let i = 0; i < 6000; i++) nodes[`${i}`] = "";
  const tree = new LocalTree(await files.tree("a", nodes));
  const [sender, receiver, close] = pair();
  const sent = sendTree(sender, tree, { dryRun: false }).catch(() => {});
  // Without any answer it says so much, and no more.
  for (let i = 0; i < MAX_BATCHES; i++) {
    assertEquals((await receiver.read())![0], ENTRIES);
  }
  const more = receiver.read();
  await receiver.add(WANTS, encodeValue([[1, null], [2, null]]));
  await receiver.flush();
  const said = [(await more)![0]];
  for (let i = 0; i < 2; i++) said.push((await receiver.read())![0]);
  assertEquals(said, [DONE, DONE, ENTRIES]); // Empty files have no data.
  close();
  await sent;
});

Deno.test("a file that disappears while the tree is listed is left out, and one that changes is an error", async () => {
  await using files = await scratch();
  const nodes: Record<string, string> = { "z": "gone", "zd/x": "gone" };
  for (let i = 0; i < 600; i++) nodes[`${i}`] = "";
  const a = await files.tree("a", nodes);
  const batches = walk(a, a);
  const first = (await batches.next()).value!;
  await Deno.remove(`${a}/z`);
  await Deno.remove(`${a}/zd`, { recursive: true });
  const rest = await Array.fromAsync(batches);
  const paths = [first, ...rest].flatMap(({ paths }) => paths);
  assert(paths.includes("599") && !paths.includes("z"));
  assert(!paths.includes("zd"));

  const tree = new LocalTree(a);
  const listed = { path: "1", size: 0, mtime: 0 };
  await assertRejects(() => tree.digest(listed), Error, "has changed");
  await assertRejects(
    () => tree.digest({ ...listed, path: "z" }),
    Error,
    "no such file",
  );
});

Deno.test("a file that becomes a link or a pipe once it is listed is not followed, and not waited for", async () => {
  await using files = await scratch();
  for (const size of [6, 100_000]) {
    const secret = files.at(`secret${size}`);
    await Deno.writeTextFile(secret, "s".repeat(size));
    await Deno.utime(secret, 0, 0);
    const a = await files.tree(`a${size}`, { "f": { link: secret } });
    const { success } = await new Deno.Command("mkfifo", { args: [`${a}/p`] })
      .output();
    assert(success);
    const listed = { size, mtime: 0 }; // As one could see of the secret.
    const shared = new SharedTree(a);
    for (const tree of [new LocalTree(a), treeToSend(shared)]) {
      for (const path of ["f", "p"]) {
        const read = async () => {
          const file = { ...listed, path };
          if (size === 6) await tree.readSmall(file);
          else for await (const _ of tree.read(file));
        };
        await assertRejects(read, FileError);
      }
    }
    await shared[Symbol.asyncDispose]();
  }
});

Deno.test("what a far side says of its work is kept within bounds, and fit for a terminal", () => {
  const report = new SyncReport("host", {});
  const events = Array.from({ length: 5000 }, (_, i) => [
    "fail",
    `${i}`,
    "\x1b[2J" + "x".repeat(10_000),
  ]);
  report.events(events);
  report.events(events);
  assertEquals([report.count, report.failures.length], [10_000, 1000]);
  assert(report.failures[0]!.why.length <= 1000);
  assert(!report.failures[0]!.why.includes("\x1b"));
  for (const bad of [null, 5, [[]], [["boom", "a", "b"]], [["fail", 1, 2]]]) {
    let error: unknown;
    try {
      report.events(bad);
    } catch (thrown) {
      error = thrown;
    }
    assert(error instanceof Error, Deno.inspect(bad));
  }
  // What it decodes comes from the same encoding.
  const decoded = decodeValue(encodeValue([["skip", "p", "socket"]]));
  report.events(decoded);
  assertEquals(report.skipped, [{ path: "p", why: "socket" }]);
  assertEquals(EVENTS, 9);
});

// `sync` with a sender or a receiver that is hostile. The code is the same on both ends, so that a
// hostile end is played in this process.

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertRejects,
} from "@std/assert";
import {
  DATA,
  DIRECTORY,
  DONE,
  END,
  ENTRIES,
  EVENTS,
  FILE,
  LEAVE,
  LINK,
  MAX_BATCHES,
  OTHER,
  type SyncEvent,
  WANTS,
} from "../files/sync_messages.ts";
import { FileError } from "../files/file_error.ts";
import { receiveTree } from "../files/sync_receive.ts";
import { Records } from "../files/sync_records.ts";
import { sendTree } from "../files/sync_send.ts";
import { LocalTree } from "../files/sync_source.ts";
import { walk } from "../files/sync_walk.ts";
import { SharedTree, treeOf as treeToSend } from "../tunnels/shared_tree.ts";
import { SyncReport } from "../tunnels/sync_report.ts";
import { decodeValue } from "../wire/decode_value.ts";
import { encodeValue } from "../wire/encode_value.ts";
import { ProtocolError } from "../wire/errors.ts";
import { type Scratch, scratch, treeOf } from "./support/trees.ts";

/** Two ends of a connection. */
function pair(): [Records, Records, close: () => void, end: () => void] {
  const one = new TransformStream<Uint8Array, Uint8Array>();
  const two = new TransformStream<Uint8Array, Uint8Array>();
  const end = (
    { readable }: typeof one,
    { writable }: typeof one,
  ): [Records, WritableStreamDefaultWriter<Uint8Array>] => {
    const reader = readable.getReader();
    const writer = writable.getWriter();
    return [
      new Records({
        read: async () => (await reader.read()).value,
        write: (bytes) => writer.write(bytes.slice()),
      }),
      writer,
    ];
  };
  const [a, toB] = end(one, two);
  const [b, toA] = end(two, one);
  return [a, b, () => {
    for (const writer of [toA, toB]) writer.close().catch(() => {});
  }, () => void toB.close().catch(() => {})];
}

type Said = [type: number, payload?: unknown];

const raw = (payload: unknown) =>
  payload instanceof Uint8Array ? payload : encodeValue(payload);

/** What becomes of a target when a sender says something. */
async function receive(
  files: Scratch,
  said: Said[],
  { remove = false, exclude, dryRun = false, onEvent }: {
    onEvent?: () => void;
    remove?: boolean;
    exclude?: RegExp;
    dryRun?: boolean;
  } = {},
) {
  const [sender, receiver, close, end] = pair();
  const events: SyncEvent[] = [];
  const held = new Set<string>();
  const outcome = receiveTree(receiver, files.at("target"), {
    delete: remove,
    exclude,
    dryRun,
    hold: (path) => {
      held.add(path);
      return Promise.resolve(() => void held.delete(path));
    },
    onEvent(...event) {
      events.push(event);
      onEvent?.();
    },
  }).then(() => undefined, (error) => error);
  const listening = (async () => {
    while (await sender.read() !== undefined);
  })().catch(() => {});
  const saying = (async () => {
    for (const [type, payload] of said) {
      await sender.add(type, payload === undefined ? undefined : raw(payload));
    }
    await sender.flush();
    end();
  })().catch(() => {});
  await Promise.race([saying, outcome]); // Who is refused is not listened to any more.
  const error = await outcome;
  close();
  await listening;
  return { error, events, held };
}

const TEXT = new TextEncoder();
const HELLO = TEXT.encode("hello");
const HELLO_SHA =
  "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
const root = [DIRECTORY, "", 0o755, 0];
const leave = [LEAVE, null];
const file = (name: string, size = 5) => [FILE, name, 0o644, 0, size];

/** A sender that lists something in the root. */
const listing = (...entries: unknown[]): Said[] => [
  [ENTRIES, [root, ...entries, leave]],
];
const content: Said[] = [[DATA, HELLO], [DONE, TEXT.encode(HELLO_SHA)]];

const HOSTILE: Record<string, Said[]> = {
  "the name ..": [...listing(file("..")), ...content, [END]],
  "the name .": [...listing(file(".")), ...content, [END]],
  "no name": [...listing(file("")), ...content, [END]],
  "a name with a slash": [...listing(file("a/b")), ...content, [END]],
  "a way out": [...listing(file("../outside/f")), ...content, [END]],
  "an absolute path": [...listing(file("/tmp/f")), ...content, [END]],
  "a name with NUL": [...listing(file("a\0b")), ...content, [END]],
  "a long name": [...listing(file("x".repeat(5000))), ...content, [END]],
  "a directory named ..": [
    ...listing([DIRECTORY, "..", 0o755, 0], file("f"), leave),
    ...content,
    [END],
  ],
  "a link, and then a directory by its name": [
    ...listing(
      [LINK, "d", "../outside", false],
      [DIRECTORY, "d", 0o755, 0],
      file("f"),
      leave,
    ),
    ...content,
    [END],
  ],
  "a directory, and then a link by its name": [
    ...listing([DIRECTORY, "d", 0o755, 0], file("f"), leave, [
      LINK,
      "d",
      "../outside",
      false,
    ]),
    ...content,
    [END],
  ],
  "one name twice": [...listing(file("f"), file("f")), ...content, [END]],
  "names that are not in order": [...listing(file("g"), file("f")), [END]],
  "something beside the root": [[ENTRIES, [root, leave, file("f")]], [END]],
  "a second root": [[ENTRIES, [root, root, leave, leave]], [END]],
  "two trees": [[ENTRIES, [root, leave]], [ENTRIES, [root, leave]], [END]],
  "a root with a name": [[ENTRIES, [[DIRECTORY, "x", 0, 0], leave]], [END]],
  "a root that is a link": [[ENTRIES, [[LINK, "", "/tmp", false]]], [END]],
  "a root that is a file": [[ENTRIES, [file("")]], [END]],
  "an end without a beginning": [[ENTRIES, [leave]], [END]],
  "one end too many": [[ENTRIES, [root, leave, leave]], [END]],
  "no tree": [[END]],
  "half a tree": [[ENTRIES, [root]], [END]],
  "files without their content": [...listing(file("f")), [END]],
  "more content than announced": [
    ...listing(file("f", 4)),
    ...content,
    [END],
  ],
  "less content than announced": [
    ...listing(file("f", 6)),
    ...content,
    [END],
  ],
  "content that nobody asked for": [[ENTRIES, [root]], ...content],
  "a size below zero": [...listing(file("f", -1)), [END]],
  "a size that is no number": [
    ...listing([FILE, "f", 0, 0, "5"]),
    ...content,
    [END],
  ],
  "a name that is no text": [...listing([FILE, { x: 1 }, 0, 0, 5]), [END]],
  "an unknown kind": [...listing([77, "f", 0, 0, 5]), [END]],
  "a kind from a prototype": [...listing(["toString", "f"]), [END]],
  "no entry": [...listing(null), [END]],
  "no list": [[ENTRIES, { length: 1 }], [END]],
  "what does not decode": [[ENTRIES, new Uint8Array([0xff, 0xff])], [END]],
  "an unknown record": [[ENTRIES, [root]], [99, 1]],
  "a deep tree": [[
    ENTRIES,
    [root, ...Array.from({ length: 3000 }, () => [DIRECTORY, "d", 0o755, 0])],
  ]],
  "a path that is longer than any": [[
    ENTRIES,
    [
      root,
      ...Array.from({ length: 9 }, () => [
        DIRECTORY,
        "d".repeat(500),
        0o755,
        0,
      ]),
      ...Array.from({ length: 9 }, () => leave),
      leave,
    ],
  ], [END]],
  "a link to what is longer than any path": [
    ...listing([LINK, "l", "x".repeat(100_000), false]),
    [END],
  ],
  "what is excluded": [...listing(file("excluded")), ...content, [END]],
  "a listing without an end, and no files": [
    [ENTRIES, [root]],
    ...Array.from({ length: 200 }, (_, i): Said => [
      ENTRIES,
      Array.from(
        { length: 250 },
        (_, j) => file(`${1000 + i}-${1000 + j}`),
      ),
    ]),
  ],
  "a batch that is too large": [[
    ENTRIES,
    [
      root,
      ...Array.from({ length: 600 }, (_, i) => file(`${1000 + i}`)),
      leave,
    ],
  ]],
  "an end in the middle": [...listing(file("f")), [DATA, HELLO]],
  "an end in the middle of a large file": [
    ...listing(file("f", 100_000)),
    [DATA, new Uint8Array(60_000)],
  ],
};

for (const [name, said] of Object.entries(HOSTILE)) {
  Deno.test(`a sender that sends ${name} is refused, and nothing gets out of the target`, async () => {
    // Then no content is asked for, and none is missing.
    const missing = /files without their|no files/.test(name);
    for (const dryRun of missing ? [false] : [false, true]) {
      await using files = await scratch();
      await files.tree("outside", { "f": "precious" });
      await files.tree("target", { "excluded": "mine" });
      const { error, held } = await receive(files, said, {
        remove: true,
        exclude: /^excluded$/,
        dryRun,
      });
      assertInstanceOf(error, ProtocolError, Deno.inspect(error));
      assertEquals(held.size, 0);
      assertEquals(await files.look("outside"), { "f": "precious" });
      assertEquals(
        Object.keys(await treeOf(files.dir)).filter((path) =>
          !path.startsWith("target")
        ),
        ["outside", "outside/f"],
      );
      const { excluded } = await files.look("target");
      assertEquals(excluded, "mine");
      assertEquals(
        Object.keys(await files.look("target")).filter((path) =>
          path.includes(".tongs-")
        ),
        [],
      );
    }
  });
}

Deno.test("a link that a sender made is never written through, also where names ignore case", async () => {
  await using files = await scratch();
  await files.tree("outside", {});
  await files.tree("target", { "D": { link: "../outside" } });
  // As if the file system found "D" by the name "d".
  await Deno.symlink("../outside", files.at("target/d"));
  const { error, events } = await receive(files, [
    ...listing(
      [LINK, "D", "../outside", false],
      [DIRECTORY, "d", 0o755, 0],
      file("f"),
      leave,
    ),
    ...content,
    [END],
  ]);
  assertEquals(error, undefined);
  assertEquals(events.filter(([what]) => what === "fail"), []);
  assertEquals(await files.look("outside"), {});
  assertEquals((await files.look("target"))["d/f"], "hello");
});

Deno.test("thousands of files that are all here leave others of the process their turn", async () => {
  await using files = await scratch();
  const names = Array.from({ length: 2000 }, (_, i) => `${i}`).sort();
  let turns = 0;
  let over = false;
  const others = (async () => {
    while (!over) {
      await Deno.lstat("/");
      turns++;
    }
  })();
  const seen: number[] = [];
  const batches = Array.from({ length: 8 }, (_, i): Said => [
    ENTRIES,
    names.slice(i * 250, (i + 1) * 250).map((name) => file(name)),
  ]);
  const { error } = await receive(files, [
    [ENTRIES, [root]],
    ...batches,
    [ENTRIES, [leave]],
    ...names.flatMap(() => content),
    [END],
  ], { onEvent: () => void seen.push(turns) });
  over = true;
  await others;
  assertEquals(error, undefined);
  // From the first file, which waits for more, to the last.
  assertEquals(seen.length, 2001);
  assert(seen.at(-1)! - seen[2]! >= 5, `They had ${seen.at(-1)! - seen[2]!}`);
});

Deno.test("content with another SHA-256 than announced replaces nothing", async () => {
  await using files = await scratch();
  await files.tree("target", { "a": "old", "b": "old" });
  const large = new Uint8Array(100_000);
  const wrong: Said = [DONE, TEXT.encode(HELLO_SHA.replace("2", "3"))];
  const { error, events } = await receive(files, [
    ...listing(file("a"), file("b", 100_000), file("c")),
    [DATA, HELLO],
    wrong,
    [DATA, large],
    wrong,
    ...content,
    [END],
  ]);
  assertEquals(error, undefined);
  const failed = events.filter(([what]) => what === "fail");
  assertEquals(failed.map(([, path]) => path), ["a", "b"]);
  assertMatch(failed[1]![2], /SHA-256/);
  assertEquals(await files.look("target"), { a: "old", b: "old", c: "hello" });
});

Deno.test("what a sender could not read is not removed, nor is anything beside what it could not list", async () => {
  await using files = await scratch();
  await files.tree("target", {
    "d/mine": "1",
    "e/mine": "2",
    "unreadable": "3",
    "gone": "4",
  });
  const { events } = await receive(files, [
    ...listing(
      [DIRECTORY, "d", 0o755, 0],
      [LEAVE, "permission denied"],
      [DIRECTORY, "e", 0o755, 0],
      leave,
      [OTHER, "unreadable", "permission denied", true],
    ),
    [END],
  ], { remove: true });
  assertEquals(await files.look("target"), {
    "d": "/",
    "d/mine": "1",
    "e": "/",
    "unreadable": "3",
  });
  assertEquals(
    events.filter(([what]) => what === "fail").map(([, path]) => path),
    ["d", "unreadable"],
  );
});

Deno.test("directories get their permissions back when it breaks off", async () => {
  await using files = await scratch();
  await files.tree("target", { "d/e": null });
  await Deno.chmod(files.at("target/d/e"), 0o500);
  await Deno.chmod(files.at("target/d"), 0o500);
  const { error } = await receive(files, [
    [ENTRIES, [root, [DIRECTORY, "d", 0o500, 0], [DIRECTORY, "e", 0o500, 0]]],
    [ENTRIES, [file("f")]],
    [DATA, TEXT.encode("he")],
  ]);
  assertInstanceOf(error, ProtocolError);
  for (const name of ["d", "d/e"]) {
    const { mode } = await Deno.lstat(files.at(`target/${name}`));
    assertEquals(mode! & 0o777, 0o500);
  }
});

/** What a sender says to a receiver that answers as it likes. */
async function send(tree: LocalTree, answers: Said[]) {
  const [sender, receiver, close] = pair();
  const sent = sendTree(sender, tree, { dryRun: false })
    .then(() => undefined, (error) => error);
  const heard: Said[] = [];
  const listening = (async () => {
    let record;
    while ((record = await receiver.read()) !== undefined) {
      heard.push([record[0], record[1].slice()]);
    }
  })().catch(() => {});
  for (const [type, payload] of answers) await receiver.add(type, raw(payload));
  await receiver.flush();
  const error = await Promise.race([sent, listening.then(() => sent)]);
  close();
  await listening;
  return { error, heard };
}

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
    assert(error instanceof Error, "It was not refused");
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

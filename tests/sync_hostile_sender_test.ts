// `sync` with a hostile sender: whatever it sends, nothing gets out of the target, and nothing that is
// there is lost.

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
} from "@std/assert";
import {
  DATA,
  DIRECTORY,
  DONE,
  END,
  ENTRIES,
  FILE,
  LEAVE,
  LINK,
  OTHER,
} from "../files/sync_messages.ts";
import { ProtocolError } from "../wire/errors.ts";
import { nextTurn } from "../wire/turn.ts";
import { clock } from "./support/clock.ts";
import { scratch, treeOf } from "./support/trees.ts";
import {
  content,
  DIGEST,
  file,
  HELLO,
  leave,
  listing,
  receive,
  root,
  type Said,
} from "./support/sync_ends.ts";

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
  let now = 0;
  using _ = clock(() => now++); // A millisecond for each look at it.
  const names = Array.from({ length: 2000 }, (_, i) => `${i}`).sort();
  let turns = 0;
  let over = false;
  const others = (async () => {
    while (!over) {
      await nextTurn();
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
  const turnsOfOthers = seen.at(-1)! - seen[2]!;
  assert(turnsOfOthers >= 100, `They had ${turnsOfOthers}`);
});

Deno.test("content with another SHA-256 than announced replaces nothing", async () => {
  await using files = await scratch();
  await files.tree("target", { "a": "old", "b": "old" });
  const large = new Uint8Array(100_000);
  const wrong: Said = [
    DONE,
    new TextEncoder().encode(DIGEST.replace("2", "3")),
  ];
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
    [DATA, new TextEncoder().encode("he")],
  ]);
  assertInstanceOf(error, ProtocolError);
  for (const name of ["d", "d/e"]) {
    const { mode } = await Deno.lstat(files.at(`target/${name}`));
    assertEquals(mode! & 0o777, 0o500);
  }
});

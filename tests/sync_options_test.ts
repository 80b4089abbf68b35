// What `sync` and `syncFrom` remove, leave alone and tell of.

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import {
  Local,
  type SyncChange,
  SyncError,
  type SyncProgress,
} from "../mod.ts";
import { excluding } from "../tunnels/exclude.ts";
import { both } from "./support/syncs.ts";
import { attributes } from "./support/trees.ts";
import { rejection } from "./support/tunnels.ts";

const THEN = Date.UTC(2024, 0, 1, 12, 0, 0, 123);

both(
  "what the source does not have goes only when that is asked for",
  async (copy, files) => {
    await files.tree("a", { "keep": "1", "d/keep": "2" });
    await files.tree("b", {
      "gone": "x",
      "d/gone": "x",
      "tree/with/much": "x",
      "tree/of/it": "x",
      "link": { link: "keep" },
    });
    const before = await files.look("b");
    assertEquals((await copy("a", "b")).deleted, 0);
    assertEquals(
      await files.look("b"),
      { ...before, ...await files.look("a") },
    );
    const { deleted, transferred } = await copy("a", "b", { delete: true });
    assertEquals([deleted, transferred], [8, 0]);
    assertEquals(await files.look("b"), await files.look("a"));
  },
);

both(
  "nothing is written or removed through a link in the target",
  async (copy, files) => {
    await files.tree("a", { "d/file": "new", "f": "new", "e/x": "new" });
    await files.tree("outside", { "file": "precious", "other": "precious" });
    await files.tree("b", {
      "d": { link: "../outside" },
      "f": { link: "../outside/file" },
      "extra": { link: "../outside" },
      "e/deep": { link: "../../outside" },
    });
    await copy("a", "b", { delete: true });
    assertEquals(await files.look("outside"), {
      "file": "precious",
      "other": "precious",
    });
    assertEquals(await files.look("b"), await files.look("a"));
  },
);

both(
  "a file, a link and a directory take each other's place",
  async (copy, files) => {
    await files.tree("a", {
      "1": "file",
      "2": { link: "1" },
      "3/in": "directory",
      "4": "file",
      "5": { link: "1" },
      "6/in": "directory",
    });
    await files.tree("b", {
      "1": { link: "x" },
      "2/in": "directory",
      "3": "file",
      "4/in/deep": "directory",
      "5": "file",
      "6": { link: "/etc" },
    });
    await copy("a", "b", { delete: true });
    assertEquals(await files.look("b"), await files.look("a"));
  },
);

both(
  "a directory that is not empty is in the way, and all else is copied",
  async (copy, files) => {
    await files.tree("a", { "a": "1", "b": "2", "c": { link: "a" }, "d": "4" });
    await files.tree("b", { "b/mine": "x", "c": null });
    const error = await rejection(copy("a", "b"));
    assertInstanceOf(error, SyncError);
    assertEquals(error.failures, [{
      path: "b",
      why:
        "a directory that is not empty is in its place; `delete` removes what is not excluded",
    }]);
    assertEquals([error.count, error.result.transferred], [1, 2]);
    assertMatch(
      error.message,
      /^Cannot sync ".*" .* "localhost".* completely: "b": a directory/,
    );
    assertEquals(await files.look("b"), {
      "a": "1",
      "b": "/",
      "b/mine": "x",
      "c": "-> a",
      "d": "4",
    });
  },
);

both(
  "what is excluded does not travel, and stays where it is",
  async (copy, files) => {
    await files.tree("a", {
      "keep.ts": "1",
      "note.log": "no",
      "d/other.log": "no",
      "node_modules/big": "no",
      "src/node_modules/big": "no",
      "build/out": "no",
      "src/build/out": "yes",
      "tmp": "a file of that name",
      "src/tmp/x": "no",
    });
    await files.tree("b", {
      "mine.log": "stays",
      "node_modules/mine": "stays",
      "gone/mine.log": "stays",
      "gone/other": "goes",
    });
    const options = {
      exclude: ["*.log", "node_modules", "/build", "tmp/"],
      delete: true,
    };
    const { deleted } = await copy("a", "b", options);
    assertEquals(deleted, 1);
    assertEquals(await files.look("b"), {
      "d": "/",
      "gone": "/",
      "gone/mine.log": "stays",
      "keep.ts": "1",
      "mine.log": "stays",
      "node_modules": "/",
      "node_modules/mine": "stays",
      "src": "/",
      "src/build": "/",
      "src/build/out": "yes",
      "tmp": "a file of that name",
    });
  },
);

both(
  "a dry run says what would happen, and changes nothing",
  async (copy, files) => {
    const nodes = {
      "new": "1",
      "dir/new": "2",
      "content": { text: "abc", mtime: THEN },
      "touched": { text: "abc", mtime: THEN },
      "mode": { text: "m", mode: 0o600, mtime: THEN },
      "link": { link: "new" },
      "was directory": "now a file",
      "locked": { mode: 0o700 },
    };
    await files.tree("a", nodes);
    await files.tree("b", {
      "content": { text: "xyz", mtime: THEN - 1 },
      "touched": { text: "abc", mtime: THEN - 1 },
      "mode": { text: "m", mode: 0o644, mtime: THEN },
      "was directory/gone": "x",
      "gone/deep": "x",
      "locked": { mode: 0o500 },
    });
    const run = async (dryRun: boolean) => {
      const changes: SyncChange[] = [];
      const result = await copy("a", "b", {
        delete: true,
        dryRun,
        onChange: (change) => void changes.push(change),
      });
      return {
        ...result,
        changes: changes.map(({ kind, path, type }) =>
          `${kind} ${path}: ${type}`
        )
          .sort(),
      };
    };
    const look = async () => [
      await files.look("b"),
      await attributes(files.at("b")),
      await attributes(files.at("b/locked")),
      await attributes(files.at("b/touched")),
    ];
    const before = await look();
    const would = await run(true);
    assertEquals(await look(), before);
    assertEquals(would.changes, [
      "attributes locked: directory",
      "attributes mode: file",
      "attributes touched: file",
      "create dir/new: file",
      "create dir: directory",
      "create link: link",
      "create new: file",
      "delete gone/deep: file",
      "delete gone: directory",
      "delete was directory/gone: file",
      "delete was directory: directory",
      "update content: file",
      "update was directory: file",
    ]);
    assertEquals(await run(false), would);
    assertEquals((await run(false)).changes, []);
  },
);

both(
  "it says how far it is",
  async (copy, files) => {
    await files.tree("a", { "1": "x".repeat(1000), "2": "y".repeat(2000) });
    const told: SyncProgress[] = [];
    await copy("a", "b", {
      onProgress: (progress) => void told.push(progress),
    });
    const { entries, ...last } = told.at(-1)!;
    assertEquals(last, {
      host: "localhost",
      path: "2",
      files: 2,
      bytes: 3000,
      total: 3000,
    });
    assert(entries >= 3, `${entries} entries`);
    for (const [i, { bytes }] of told.entries()) {
      assert(i === 0 || bytes >= told[i - 1]!.bytes);
    }
  },
);

both("what a callback throws ends it", async (copy, files) => {
  await files.tree("a", { "1": "x", "d/2": "y", "e/3": "z" });
  await files.tree("c", {});
  const thrown = new Error("enough");
  const fail = () => {
    throw thrown;
  };
  assertEquals(await rejection(copy("a", "b", { onProgress: fail })), thrown);
  for (const at of ["1", "d", "d/2", "e/3"]) {
    const onChange = ({ path }: SyncChange) => path === at && fail();
    assertEquals(await rejection(copy("a", `c/${at}`, { onChange })), thrown);
  }
});

both("a signal ends it", async (copy, files) => {
  await files.tree("a", { "1": "x".repeat(1_000_000), "2": "y" });
  const aborter = new AbortController();
  const reason = new Error("no more");
  const error = await rejection(copy("a", "b", {
    signal: aborter.signal,
    onProgress: () => aborter.abort(reason), // It has begun.
  }));
  assertEquals(error, reason);
  const late = await rejection(copy("a", "b", { signal: aborter.signal }));
  assertEquals(late, reason);
});

Deno.test("globs leave out what they say, and neither more nor less", () => {
  const cases: [glob: string, out: string, not: string][] = [
    ["*.log", "a.log d/a.log d/.log/ d\n/a.log", "a.log.1 log"],
    ["tmp/", "tmp/ d/tmp/", "tmp d/tmp"],
    ["/tmp", "tmp tmp/", "d/tmp"],
    ["./tmp", "tmp tmp/", "d/tmp"],
    ["d/*.md", "d/a.md", "a.md d/e/a.md e/d/a.md"],
    ["d/*", "d/a d/e/", "d d/"],
    ["d/**", "d/a d/e/ d/e/f", "d d/ e/d/a"],
    ["**", "a d/ d/e/f", ""],
    ["**/e/**", "e/a d/e/a", "e e/ d/e/"],
    ["d/**/a", "d/a d/e/a d/e/f/a/", "d/ d/e/"],
    ["log?", "log1 d/logs/", "log log/ d/log/"],
    ["a?b", "axb d/a.b", "a/b ab"],
    ["a[!0-9]", "ab d/ax/", "a1 a/"],
    ["a[.]b\\?", "a.b?", "axb? a.bx"],
    ["{a,b}/c", "a/c b/c", "c d/a/c"],
  ];
  for (const [glob, out, not] of cases) {
    const expression = excluding([glob])!;
    const words = `${out} ${not}`.split(" ").filter((word) => word !== "");
    assertEquals(
      words.filter((word) => expression.test(word)),
      out.split(" "),
      glob,
    );
  }
});

Deno.test("globs that make no sense are refused at once", async () => {
  await using here = new Local();
  for (const glob of ["", "/", "[z-a]", 7 as unknown as string]) {
    const error = await rejection(here.sync("a", "b", { exclude: [glob] }));
    assertInstanceOf(error, TypeError);
    assertStringIncludes(error.message, "it is no glob");
  }
  const error = await rejection(here.sync("a", "b", { exclude: "*" as never }));
  assertInstanceOf(error, TypeError);
  assertEquals(error.message, 'Cannot exclude "*": it is no list of globs');
});

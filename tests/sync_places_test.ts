// `sync` and `syncFrom` over ssh, with many hosts and many files, and for users who may not do all.

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertThrows,
} from "@std/assert";
import fs from "node:fs";
import { Group, Local, TransferError } from "../mod.ts";
import { SharedTree, treeOf as treeToSend } from "../tunnels/shared_tree.ts";
import { ORDINARY } from "./support/files.ts";
import { sshdMissing, startSshd } from "./support/sshd.ts";
import { both, WAYS } from "./support/syncs.ts";
import { makeTree, scratch, treeOf } from "./support/trees.ts";
import { rejection, sshTo } from "./support/tunnels.ts";

const THEN = Date.UTC(2024, 0, 1, 12, 0, 0, 123);

both(
  "directories that cannot be used at all are an error, and nothing is done",
  async (copy, files) => {
    await files.tree("a", { "f": "1" });
    const cases: [from: string, to: string, message: RegExp][] = [
      ["missing", "b", /no such file or directory/],
      ["a/f", "b", /it is no directory/],
      ["a", "a/f", /it is no directory/],
      ["a", "a/f/below", /no directory/],
    ];
    for (const [from, to, message] of cases) {
      const error = await rejection(copy(from, to));
      assertInstanceOf(error, TransferError, `${from} ${to}`);
      assertMatch(error.message, message);
      assertMatch(error.message, /^Cannot sync ".*" .*"localhost"/);
    }
    assertEquals(await files.look("a"), { "f": "1" });
    assertEquals(await files.look(""), { "a": "/", "a/f": "1" });
  },
);
both("thousands of files in one directory and in many", async (copy, files) => {
  const nodes: Record<string, string> = {};
  for (let i = 0; i < 1500; i++) {
    nodes[`flat/${i}`] = `${i}`;
    if (i % 10 === 0) nodes[`deep/${"d/".repeat(i / 50)}${i}`] = `${i}`;
  }
  await files.tree("a", nodes);
  const { files: count, transferred } = await copy("a", "b");
  assertEquals([count, transferred], [1650, 1650]);
  assertEquals(await files.look("b"), await files.look("a"));
});

Deno.test("a group: each host gets the tree, which is read and hashed once", async () => {
  await using files = await scratch();
  const a = await files.tree("a", {
    "small": "1",
    "large": "x".repeat(600_000),
    "doubt": { text: "same", mtime: THEN },
  });
  const names = ["h1", "h2", "h3", "h4"];
  for (const name of names) {
    await files.tree(`copy-${name}`, {
      "doubt": { text: "same", mtime: THEN + 1 },
    });
  }
  // Each host has a directory of its own by the same name.
  await using group = new Group(
    names.map((name) => new Local(name, { cwd: files.at(`copy-${name}`) })),
  );
  const { readDir } = Deno;
  const { read } = Deno.FsFile.prototype;
  const { readSync } = fs;
  let listed = 0;
  let bytes = 0;
  Deno.readDir = (path) => {
    if (path === a) listed++;
    return readDir(path);
  };
  Deno.FsFile.prototype.read = async function (buffer) {
    const count = await read.call(this, buffer);
    bytes += count ?? 0;
    return count;
  };
  fs.readSync = (...args: unknown[]) => {
    const count = Reflect.apply(readSync, fs, args);
    bytes += count;
    return count;
  };
  try {
    const result = (await group.sync(a, ".")).raiseFailures();
    assertEquals(
      [...result.successful()].map(([host, { transferred, changed }]) => [
        host,
        transferred,
        changed,
      ]),
      names.map((host) => [host, 2, 1]),
    );
  } finally {
    Deno.readDir = readDir;
    Deno.FsFile.prototype.read = read;
    fs.readSync = readSync;
  }
  assertEquals([listed, bytes], [1, 600_005]);
  for (const name of names) {
    assertEquals(await files.look(`copy-${name}`), await files.look("a"));
  }
});

Deno.test("a tree that is shared reads a small file once, though many ask for it at once", async () => {
  await using files = await scratch();
  const a = await files.tree("a", { "f": { text: "hello", mtime: THEN } });
  await using shared = new SharedTree(a);
  const tree = treeToSend(shared);
  const listed = { path: "f", size: 5, mtime: THEN };
  const [one, two] = await Promise.all([
    tree.readSmall(listed),
    tree.readSmall(listed),
  ]);
  assertEquals(new TextDecoder().decode(one.bytes), "hello");
  assert(one === two);
  assert(await tree.readSmall(listed) === one);
});

Deno.test("a group: one host fails and the others go on", async () => {
  await using files = await scratch();
  await files.tree("a", { "f": "1" });
  await using group = new Group([
    new Local("good", { cwd: files.dir }),
    new Local("bad", { runtime: "/no/such/deno" }),
  ]);
  const result = await group.sync(files.at("a"), "b");
  assertEquals([...result.successful()].map(([host]) => host), ["good"]);
  assertEquals([...result.failures()].map(([host]) => host), ["bad"]);
  assertEquals(await files.look("b"), { "f": "1" });
  assertEquals((await new Group([]).sync(files.at("a"), "b")).size, 0);
  const missing = await group.sync(files.at("missing"), "b");
  assertEquals([...missing.successful()], []);
});

Deno.test("a group: syncFrom has a place for each host, which is checked first", async () => {
  await using files = await scratch();
  await files.tree("of/one", { "f": "1" });
  await files.tree("of/two", { "f": "2" });
  await using group = new Group(
    ["one", "two"].map((name) =>
      new Local(name, { cwd: files.at(`of/${name}`) })
    ),
  );
  (await group.syncFrom(".", files.at("backup/{host}"))).raiseFailures();
  assertEquals(await files.look("backup"), {
    "one": "/",
    "one/f": "1",
    "two": "/",
    "two/f": "2",
  });
  assertThrows(
    () => group.syncFrom(".", files.at("same")),
    TypeError,
    "{host}",
  );
  assertEquals(await Deno.lstat(files.at("same")).catch(() => 0), 0);
});

for (const way of WAYS) {
  Deno.test({
    name: `${way.name}: a tree over ssh, twice, and then with deletions`,
    ignore: sshdMissing !== undefined,
    async fn() {
      await using sshd = await startSshd();
      await using files = await scratch();
      await using host = sshTo(sshd);
      const nodes: Record<string, string> = { "large": "x".repeat(3_000_000) };
      for (let i = 0; i < 600; i++) nodes[`d${i % 7}/f${i}`] = `${i}`;
      await makeTree(`${sshd.home}/far`, nodes);
      await files.tree("near", nodes);
      const [from, to] = way.name === "sync"
        ? [files.at("near"), "copy/of/it"]
        : ["far", files.at("copy/of/it")];
      const first = await way.copy(host, from, to);
      assertEquals([first.files, first.transferred], [601, 601]);
      const second = await way.copy(host, from, to);
      assertEquals([second.transferred, second.changed], [0, 0]);
      const root = way.name === "sync"
        ? `${sshd.home}/copy/of/it`
        : files.at("copy/of/it");
      await makeTree(root, { "d3/extra": "x", "more/of/it": "y" });
      const third = await way.copy(host, from, to, { delete: true });
      assertEquals(third.deleted, 4);
      assertEquals(await treeOf(root), await files.look("near"));
    },
  });
}

for (const way of WAYS) {
  Deno.test({
    name:
      `${way.name}: what this user may not read or write is named, and all else is copied`,
    ignore: Deno.uid() !== 0,
    async fn() {
      await using files = await scratch();
      await files.tree("a", {
        "1": "x",
        "secret": { text: "x", mode: 0o600 },
        "locked": { mode: 0o700 },
        "locked/in": "x",
        "9/last": "x",
      });
      await files.tree("b", {
        "9": { mode: 0o755, mtime: THEN },
        "locked/kept": "k",
      });
      for (const name of ["a/secret", "a/locked", "b/9"]) {
        await Deno.chown(files.at(name), 65534, 65534);
      }
      const script = `
        import { Local } from ${
        JSON.stringify(import.meta.resolve("../mod.ts"))
      };
        await using here = new Local();
        const error = await here.${way.name}("a", "b", { delete: true })
          .catch((error) => error);
        console.log(JSON.stringify([error.name, error.failures]));`;
      await Deno.writeTextFile(files.at("main.ts"), script);
      const [setpriv, ...options] = ORDINARY;
      const { stdout, stderr } = await new Deno.Command(setpriv!, {
        args: [...options, Deno.execPath(), "run", "-A", "main.ts"],
        cwd: files.dir,
      }).output();
      const text = new TextDecoder().decode(stdout);
      assert(text !== "", new TextDecoder().decode(stderr));
      const [name, failures] = JSON.parse(text);
      assertEquals(name, "SyncError");
      const why = "permission denied";
      assertEquals(
        failures.toSorted((x: { path: string }, y: { path: string }) =>
          x.path < y.path ? -1 : 1
        ),
        [
          { path: "9", why },
          { path: "9/last", why },
          { path: "locked", why },
          { path: "secret", why },
        ],
      );
      assertEquals(await files.look("b"), {
        "1": "x",
        "9": "/",
        "locked": "/",
        "locked/kept": "k",
      });
    },
  });
}

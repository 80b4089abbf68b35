// `sync` and `syncFrom`: what is the same on both ends afterwards. Every behaviour is held in both
// directions, and over ssh as well where there is an sshd.

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  Group,
  Local,
  type SyncChange,
  SyncError,
  type SyncOptions,
  type SyncProgress,
  type SyncResult,
  TransferError,
  type Tunnel,
} from "../mod.ts";
import { sshdMissing, startSshd } from "./support/sshd.ts";
import {
  attributes,
  makeTree,
  type Scratch,
  scratch,
  treeOf,
} from "./support/trees.ts";
import { rejection, sshTo } from "./support/tunnels.ts";

interface Way {
  name: string;
  /** Copies a directory, one of both through a tunnel. */
  copy(
    tunnel: Tunnel,
    from: string,
    to: string,
    options?: SyncOptions,
  ): Promise<SyncResult>;
}

const WAYS: Way[] = [
  {
    name: "sync",
    copy: (tunnel, from, to, options) => tunnel.sync(from, to, options),
  },
  {
    name: "syncFrom",
    copy: (tunnel, from, to, options) => tunnel.syncFrom(from, to, options),
  },
];

type Copy = (
  from: string,
  to: string,
  options?: SyncOptions,
) => Promise<SyncResult>;

/** A test of both ways. */
function both(
  name: string,
  run: (copy: Copy, files: Scratch) => Promise<void>,
): void {
  for (const way of WAYS) {
    Deno.test(`${way.name}: ${name}`, async () => {
      await using files = await scratch();
      await using here = new Local();
      await run(
        (from, to, options) =>
          way.copy(here, files.at(from), files.at(to), options),
        files,
      );
    });
  }
}

const DAY = 86_400_000;
const THEN = Date.UTC(2024, 0, 1, 12, 0, 0, 123);

both("a tree arrives with all that is in it", async (copy, files) => {
  await files.tree("a", {
    "index.html": "<h1>Hello</h1>",
    "empty file": "",
    "empty directory": null,
    "one/two/three/deep": "down",
    "names/with\nline": "1",
    "names/'quotes\" and $(dollars)": "2",
    "names/-rf": "3",
    "names/ümläut 🦆": "4",
    "large": "x".repeat(300_000),
  });
  const result = await copy("a", "new/b");
  assertEquals(await files.look("new/b"), await files.look("a"));
  assertEquals(result.files, 8);
  assertEquals(result.transferred, 8);
  assertEquals(result.bytes, 300_022);
  assertEquals(result.size, 300_022);
  assertEquals(result.deleted, 0);
  assertEquals(result.skipped, []);
  assertEquals(
    [result.localPath, result.remotePath].sort(),
    [files.at("a"), files.at("new/b")],
  );
});

both("files of all sizes arrive as they are", async (copy, files) => {
  await files.tree("a", {});
  const sizes = [0, 1, 32767, 32768, 32769, 65531, 65536, 262144, 3_000_001];
  for (const [i, size] of sizes.entries()) {
    const bytes = new Uint8Array(size).map((_, at) => (at * 31 + i) % 251);
    await Deno.writeFile(files.at(`a/${size}`), bytes);
  }
  await copy("a", "b");
  for (const size of sizes) {
    assertEquals(
      await Deno.readFile(files.at(`b/${size}`)),
      await Deno.readFile(files.at(`a/${size}`)),
    );
  }
});

both("only what differs travels the second time", async (copy, files) => {
  await files.tree("a", {
    "same": "same",
    "content": "old",
    "d/deep": "x",
    "l": { link: "same" },
  });
  await copy("a", "b");
  const before = await attributes(files.at("b/same"));
  const again = await copy("a", "b");
  assertEquals([again.transferred, again.bytes, again.changed], [0, 0, 0]);
  await files.tree("a", { "content": "newer", "d/more": "y" });
  const third = await copy("a", "b");
  assertEquals([third.transferred, third.bytes, third.changed], [2, 6, 0]);
  assertEquals(await files.look("b"), await files.look("a"));
  assertEquals(await attributes(files.at("b/same")), before);
});

both(
  "a file of the same size and another time travels only if its content differs",
  async (copy, files) => {
    const large = "y".repeat(100_000);
    await files.tree("a", {
      "touched": { text: "same", mtime: THEN },
      "changed": { text: "abcd", mtime: THEN },
      "large": { text: large, mtime: THEN },
    });
    await files.tree("b", {
      "touched": { text: "same", mtime: THEN - DAY },
      "changed": { text: "wxyz", mtime: THEN - DAY },
      "large": { text: large, mtime: THEN + 1 },
    });
    const { transferred, changed, bytes } = await copy("a", "b");
    assertEquals([transferred, changed, bytes], [1, 2, 4]);
    assertEquals(await files.look("b"), await files.look("a"));
    for (const name of ["touched", "changed", "large"]) {
      assertEquals((await attributes(files.at(`b/${name}`)))[1], THEN);
    }
  },
);

both(
  "permissions and times of files and directories are copied, also when nothing else differs",
  async (copy, files) => {
    await files.tree("a", {
      "d": { mode: 0o750, mtime: THEN },
      "d/private": { text: "p", mode: 0o600, mtime: THEN - DAY },
      "d/run": { text: "#!", mode: 0o755, mtime: THEN + 999 },
      "old": { text: "o", mtime: -1500 },
    });
    await copy("a", "b");
    const same = async () => {
      for (const name of ["d", "d/private", "d/run", "old"]) {
        assertEquals(
          await attributes(files.at(`b/${name}`)),
          await attributes(files.at(`a/${name}`)),
          name,
        );
      }
    };
    await same();
    await Deno.chmod(files.at("a/d/run"), 0o700);
    await Deno.chmod(files.at("a/d"), 0o700);
    const { transferred, changed } = await copy("a", "b");
    assertEquals([transferred, changed], [0, 2]);
    await same();
  },
);

both(
  "read-only directories are copied, and stay read-only",
  async (copy, files) => {
    await files.tree("a", {
      "locked": { mode: 0o500 },
      "locked/file": "1",
      "locked/inner": { mode: 0o555 },
      "locked/inner/file": "2",
    });
    await copy("a", "b");
    assertEquals(await files.look("b"), await files.look("a"));
    await Deno.chmod(files.at("a/locked"), 0o700);
    await files.tree("a", { "locked/another": "3" });
    await Deno.chmod(files.at("a/locked"), 0o500);
    await copy("a", "b");
    assertEquals(await files.look("b"), await files.look("a"));
    for (const [name, mode] of [["locked", "500"], ["locked/inner", "555"]]) {
      assertEquals((await attributes(files.at(`b/${name}`)))[0], mode);
    }
  },
);

both(
  "a target that is there keeps its own permissions and time; a new one gets them",
  async (copy, files) => {
    await files.tree("a", { "f": "1" });
    await makeTree(files.dir, { "a": { mode: 0o711, mtime: THEN } });
    await files.tree("b", {});
    await Deno.chmod(files.at("b"), 0o1777);
    await copy("a", "b");
    assertEquals((await attributes(files.at("b")))[0], "1777");
    await copy("a", "c");
    assertEquals(await attributes(files.at("c")), ["711", THEN]);
  },
);

both(
  "nobody gets permissions that a file did not have: set-user-ID bits do not travel",
  async (copy, files) => {
    await files.tree("a", { "suid": { text: "x", mode: 0o4755 } });
    await copy("a", "b");
    assertEquals((await attributes(files.at("b/suid")))[0], "755");
  },
);

both(
  "links are copied as they stand, and those inside the tree lead to the copy",
  async (copy, files) => {
    const a = await files.tree("a", {
      "file": "x",
      "d/relative": { link: "../file" },
      "d/link to link": { link: "relative" },
      "dangling": { link: "no/such" },
      "outside": { link: "/etc/hostname" },
      "beside": { link: `${files.dir}/ab` },
      "to directory": { link: "d" },
    });
    await Deno.symlink(`${a}/d`, `${a}/inside`);
    await Deno.symlink(a, `${a}/d/root`);
    const first = await copy("a", "b");
    assertEquals(await files.look("b"), {
      ...await files.look("a"),
      "inside": `-> ${files.dir}/b/d`,
      "d/root": `-> ${files.dir}/b`,
    });
    assertEquals([first.files, first.transferred], [1, 1]);
    assertEquals((await copy("a", "b")).changed, 0);
    await Deno.remove(`${a}/dangling`);
    await Deno.symlink("elsewhere", `${a}/dangling`);
    assertEquals((await copy("a", "b")).changed, 1);
    assertEquals((await files.look("b"))["dangling"], "-> elsewhere");
  },
);

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
    assertEquals((await copy("a", "b")).deleted, 0);
    assertEquals(
      await files.look("b"),
      { ...await files.look("b"), ...await files.look("a"), "gone": "x" },
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
  "a target that is itself a link to a directory is that directory",
  async (copy, files) => {
    await files.tree("a", { "f": "1" });
    await files.tree("real", {});
    await Deno.symlink("real", files.at("b"));
    const { localPath, remotePath } = await copy("a", "b/");
    assertEquals(await files.look("real"), { "f": "1" });
    assertEquals(
      [localPath, remotePath].sort(),
      [files.at("a"), files.at("real")],
    );
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
  "sockets, pipes and devices are skipped and named",
  async (copy, files) => {
    await files.tree("a", { "f": "1", "d/f": "2" });
    const { success } = await new Deno.Command("mkfifo", {
      args: [files.at("a/d/pipe")],
    }).output();
    assert(success);
    using _socket = Deno.listen({
      transport: "unix",
      path: files.at("a/sock"),
    });
    await files.tree("b", { "sock": "of the target" });
    const result = await copy("a", "b", { delete: true });
    assertEquals(result.skipped, [
      { path: "d/pipe", why: "it is a pipe" },
      { path: "sock", why: "it is a socket" },
    ]);
    assertEquals(await files.look("b"), {
      "d": "/",
      "d/f": "2",
      "f": "1",
      "sock": "of the target",
    });
  },
);

both(
  "a name that is not UTF-8 is an error that names it, and all else is copied",
  async (copy, files) => {
    await files.tree("a", { "f": "1" });
    const { success } = await new Deno.Command("sh", {
      args: ["-c", `: > "$1/$(printf 'bad\\377')"`, "sh", files.at("a")],
    }).output();
    assert(success);
    const error = await rejection(copy("a", "b"));
    assertInstanceOf(error, SyncError);
    assertEquals(error.failures, [{
      path: "bad\ufffd",
      why: "its name is not valid UTF-8",
    }]);
    assertEquals(await files.look("b"), { "f": "1" });
  },
);

both(
  "it says how far it is, and nothing when nobody asks",
  async (copy, files) => {
    await files.tree("a", { "1": "x".repeat(1000), "2": "y".repeat(2000) });
    const told: SyncProgress[] = [];
    await copy("a", "b", {
      onProgress: (progress) => void told.push(progress),
    });
    const { host, ...last } = told.at(-1)!;
    assertEquals(host, "localhost");
    assertEquals(last, {
      path: "2",
      entries: told.at(-1)!.entries,
      files: 2,
      bytes: 3000,
      total: 3000,
    });
    assert(last.entries >= 3);
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

Deno.test("globs that make no sense are refused at once", async () => {
  await using here = new Local();
  for (const glob of ["", "/", 7 as unknown as string]) {
    const error = await rejection(here.sync("a", "b", { exclude: [glob] }));
    assertInstanceOf(error, TypeError);
    assertStringIncludes(error.message, "it is no glob");
  }
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
  const { read, readSync } = Deno.FsFile.prototype;
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
  Deno.FsFile.prototype.readSync = function (buffer) {
    const count = readSync.call(this, buffer);
    bytes += count ?? 0;
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
    Object.assign(Deno.FsFile.prototype, { read, readSync });
  }
  assertEquals([listed, bytes], [1, 600_005]);
  for (const name of names) {
    assertEquals(await files.look(`copy-${name}`), await files.look("a"));
  }
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
      await Deno.chmod(files.dir, 0o777);
      await Deno.chmod(files.at("b"), 0o777);
      await Deno.chmod(files.at("b/locked"), 0o777);
      const script = `
        import { Local } from ${
        JSON.stringify(import.meta.resolve("../mod.ts"))
      };
        await using here = new Local();
        const error = await here.${way.name}("a", "b", { delete: true })
          .catch((error) => error);
        console.log(JSON.stringify([error.name, error.failures]));`;
      await Deno.writeTextFile(files.at("main.ts"), script);
      await Deno.chmod(files.at("main.ts"), 0o644);
      const { stdout, stderr } = await new Deno.Command("setpriv", {
        args: [
          ...["--reuid", "65534", "--regid", "65534", "--clear-groups"],
          ...[Deno.execPath(), "run", "-A", "main.ts"],
        ],
        cwd: files.dir,
        env: { DENO_DIR: files.at("cache"), HOME: files.dir },
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

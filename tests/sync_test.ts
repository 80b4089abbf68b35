// What `sync` and `syncFrom` copy: the same is on both ends afterwards.

import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { SyncError } from "../mod.ts";
import { both } from "./support/syncs.ts";
import { attributes, makeTree } from "./support/trees.ts";
import { rejection } from "./support/tunnels.ts";

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
    await Deno.symlink(`${a}/d/../file`, `${a}/around`);
    await Deno.symlink(`${a}/d/../../file`, `${a}/and out`);
    const first = await copy("a", "b");
    assertEquals(await files.look("b"), {
      ...await files.look("a"),
      "inside": `-> ${files.dir}/b/d`,
      "d/root": `-> ${files.dir}/b`,
      "around": `-> ${files.dir}/b/d/../file`,
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

// `sync` and `syncFrom` at the edges: directories that others make too, and what has no proper name,
// path or time.

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertRejects,
} from "@std/assert";
import { Group, Local, SyncError } from "../mod.ts";
import { folder } from "./support/files.ts";
import { both, WAYS } from "./support/syncs.ts";
import { attributes, type Scratch, scratch } from "./support/trees.ts";
import { rejection } from "./support/tunnels.ts";

/** Runs a script of sh in a directory. */
async function shell(cwd: string, script: string): Promise<void> {
  const { success, stderr } = await new Deno.Command("sh", {
    args: ["-c", script],
    cwd,
  }).output();
  assert(success, new TextDecoder().decode(stderr));
}

both(
  "the parents of a new target have the permissions of any new directory",
  async (copy, files) => {
    await files.tree("a", { "f": "1" });
    await copy("a", "new/parent/b");
    const usual = (0o777 & ~Deno.umask()).toString(8);
    for (const parent of ["new", "new/parent"]) {
      assertEquals((await attributes(files.at(parent)))[0], usual);
    }
  },
);

/** Begins a copy that goes on until it is stopped. */
async function begin(
  way: typeof WAYS[number],
  here: Local,
  files: Scratch,
): Promise<() => Promise<void>> {
  const aborter = new AbortController();
  const { promise, resolve } = Promise.withResolvers<void>();
  const copy = way.copy(here, files.at("a"), files.at("b"), {
    signal: aborter.signal,
    onProgress: ({ bytes }) => void (bytes > 0 && resolve()),
  });
  await Promise.race([promise, copy]);
  return async () => {
    aborter.abort();
    await rejection(copy);
  };
}

for (const way of WAYS) {
  Deno.test(`${way.name}: a second copy into a new target leaves it the permissions of the source`, async () => {
    await using files = await scratch();
    await files.tree("a", { "large": "" });
    await Deno.chmod(files.at("a"), 0o755);
    await Deno.truncate(files.at("a/large"), 2 ** 40);
    {
      await using here = new Local();
      const endFirst = await begin(way, here, files);
      const endSecond = await begin(way, here, files); // It has found what the first has made.
      await endFirst();
      await endSecond();
    }
    assertEquals((await attributes(files.at("b")))[0], "755");
  });
}

/** Makes each directory a moment before this process does. */
function outpace(): Disposable {
  const { mkdirSync } = Deno;
  Deno.mkdirSync = (path, options) => {
    mkdirSync(path, { ...options, recursive: true });
    mkdirSync(path, options);
  };
  return { [Symbol.dispose]: () => void (Deno.mkdirSync = mkdirSync) };
}

Deno.test("a directory that another copy makes at the same time is no failure", async () => {
  await using files = await scratch();
  await files.tree("a", { "d/f": "1", "e": { mode: 0o750 } });
  await using here = new Local();
  {
    using _other = outpace();
    await here.syncFrom(files.at("a"), files.at("b"));
  }
  assertEquals(await files.look("b"), await files.look("a"));
  assertEquals((await attributes(files.at("b/e")))[0], "750");
});

both(
  "what should be removed and has a name that is not UTF-8 is an error that names it",
  async (copy, files) => {
    await files.tree("a", { "f": "1" });
    await files.tree("b", { "d/gone": "x" });
    await shell(
      files.at("b"),
      `: > "$(printf 'bad\\377')"; : > "d/$(printf '\\377')"`,
    );
    assertEquals((await copy("a", "b")).transferred, 1);
    const error: SyncError = await rejection(copy("a", "b", { delete: true }));
    assertInstanceOf(error, SyncError);
    assertEquals(
      new Set(error.failures.map(({ path, why }) => `${path}: ${why}`)),
      new Set(
        ["bad\ufffd", "d/\ufffd"]
          .map((path) => `${path}: its name is not valid UTF-8`),
      ),
    );
    assertEquals(error.result.deleted, 1);
    await copy("a", "b", { delete: true, exclude: ["bad*", "d"] });
  },
);

both(
  "names that are not UTF-8 and look the same are one error, and all else is copied",
  async (copy, files) => {
    await files.tree("a", { "bad\ufffd": "1", "dir\ufffd/f": "2", "z": "3" });
    await shell(
      files.at("a"),
      `for i in 375 376 377; do
        : > "$(printf "bad\\\\$i")"
        mkdir "$(printf "dir\\\\$i")" "$(printf "other\\\\$i")"
      done`,
    );
    const error: SyncError = await rejection(copy("a", "b"));
    assertInstanceOf(error, SyncError);
    assertEquals(
      error.failures,
      ["bad\ufffd", "dir\ufffd", "other\ufffd"]
        .map((path) => ({ path, why: "its name is not valid UTF-8" })),
    );
    assertEquals(await files.look("b"), { "z": "3" });
  },
);

both(
  "a path that no system takes is an error of the directory it is in, and all else is copied",
  async (copy, files) => {
    await files.tree("a", { "z": "1" });
    const name = "n".repeat(200);
    await shell(
      files.at("a"),
      `for i in $(seq 25); do mkdir ${name} && cd -P ${name} || exit; done; : > f`,
    );
    const error = await rejection(copy("a", "b"));
    assertInstanceOf(error, SyncError);
    assertEquals(error.failures.length, 1);
    assertMatch(error.failures[0]!.path, /^(n+\/){19}n+$/);
    assertMatch(error.failures[0]!.why, /too long/);
    assertEquals(error.result.transferred, 1);
    assertEquals(await Deno.readTextFile(files.at("b/z")), "1");
    await copy("a", "b", { exclude: [Array(21).fill(name).join("/")] });
  },
);

for (const way of WAYS) {
  Deno.test(`${way.name}: a file of a time that no Date can tell is copied once`, async () => {
    await using dir = await folder("/dev/shm"); // Most other file systems have no such times.
    await Deno.mkdir(dir.at("a"));
    await Deno.writeTextFile(dir.at("a/f"), "1");
    await shell(dir.path, "touch -d @8640000000001 a/f");
    await using here = new Local("here");
    const copy = () => way.copy(here, dir.at("a"), dir.at("b"));
    assertEquals((await copy()).transferred, 1);
    const { transferred, changed } = await copy();
    assertEquals([transferred, changed], [0, 0]);
    assertEquals((await here.put(dir.at("a/f"), dir.at("c"))).size, 1);
  });
}

Deno.test("an empty path is refused, and is no directory whose content may go", async () => {
  await using files = await scratch();
  await files.tree("a", { "f": "1" });
  await files.tree("there", { "mine": "x" });
  await using here = new Local("here", { cwd: files.at("there") });
  await using group = new Group([here]);
  const options = { delete: true };
  for (
    const action of [
      () => here.sync("", files.at("there"), options),
      () => here.sync(files.at("a"), "", options),
      () => here.syncFrom("", files.at("there"), options),
      () => here.syncFrom(files.at("a"), "", { ...options, dryRun: true }),
      async () =>
        await group.sync(files.at("a"), "", options).then((result) =>
          result.raiseFailures()
        ),
      async () =>
        await group.syncFrom(files.at("a"), "", { ...options, dryRun: true }),
      () => here.put("", "new"),
      () => here.put(files.at("a/f"), ""),
      () => here.fetch("", files.at("new")),
      () => here.fetch(files.at("a/f"), ""),
    ]
  ) {
    await assertRejects(action, Error, 'Cannot use "" as a path: it is empty');
  }
  assertEquals(await files.look(""), {
    "a": "/",
    "a/f": "1",
    "there": "/",
    "there/mine": "x",
  });
});

// Files there and back through one tunnel: what arrives, where, with which permissions, and
// how progress is told.

import { assert, assertEquals, assertRejects } from "@std/assert";
import { type FileProgress, Local, TongsError, TransferError } from "../mod.ts";
import { digestOf, folder, noise, Through } from "./support/files.ts";
import { recorder, rejection } from "./support/tunnels.ts";
import { spinWithChild } from "./testdata/functions.ts";

function modeOf(path: string): number {
  return Deno.statSync(path).mode! & 0o7777;
}

/** The umask. `Deno.umask()` sets another one for a moment, for all tests that run at once. */
async function umask(): Promise<number> {
  const status = await Deno.readTextFile("/proc/self/status");
  return parseInt(/^Umask:\s+(\d+)/m.exec(status)![1]!, 8);
}

Deno.test("files of all sizes arrive whole in both directions, and both sides say the same of them", async () => {
  await using dir = await folder();
  await using here = new Local("here");
  const limits = [0, 65536, 262144, 1024 * 1024].flatMap((size) => [
    ...size > 0 ? [size - 1] : [],
    size,
    size + 1,
  ]);
  for (const size of [...limits, 5_000_001]) {
    const bytes = noise(size);
    const sha256 = await digestOf(bytes);
    await Deno.writeFile(dir.at("a"), bytes);
    const result = await here.put(dir.at("a"), dir.at("b"));
    assertEquals(result, {
      localPath: dir.at("a"),
      remotePath: dir.at("b"),
      size,
      sha256,
    });
    const back = await here.fetch(dir.at("b"), dir.at("c"));
    assertEquals(back, {
      localPath: dir.at("c"),
      remotePath: dir.at("b"),
      size,
      sha256,
    });
    assertEquals(await Deno.readFile(dir.at("c")), bytes);
  }
  assertEquals(dir.names(), ["a", "b", "c"]);
});

Deno.test("a source may be a path, a URL, bytes or a stream, and a target a path, a URL or a stream", async () => {
  await using dir = await folder();
  await using here = new Local("here");
  const bytes = noise(300_000);
  await Deno.writeFile(dir.at("a b%20"), bytes);
  const url = new URL(`file://${dir.path}/a%20b%2520`);
  const stream = new Blob([bytes]).stream();
  for (const [i, source] of [dir.at("a b%20"), url, bytes, stream].entries()) {
    const { localPath, size } = await here.put(source, dir.at("b"));
    assertEquals(localPath, i < 2 ? dir.at("a b%20") : undefined);
    assertEquals(size, bytes.length);
    assertEquals(await Deno.readFile(dir.at("b")), bytes);
  }
  await here.fetch(dir.at("b"), new URL(`file://${dir.path}/c%20`));
  assertEquals(await Deno.readFile(dir.at("c ")), bytes);
  const through = new TransformStream<Uint8Array, Uint8Array>();
  const [result, arrived] = await Promise.all([
    here.fetch(dir.at("b"), through.writable),
    new Response(through.readable as ReadableStream<Uint8Array<ArrayBuffer>>)
      .bytes(),
  ]);
  assertEquals(result.localPath, undefined);
  assertEquals(arrived, bytes);
  await assertRejects(
    () => here.put(new URL("https://example.com/"), dir.at("d")),
    TongsError,
    "https: URL",
  );
});

Deno.test("what is no path is refused by an error that says what it must be", async () => {
  await using dir = await folder();
  await using here = new Local("here");
  const one = 1 as unknown as string;
  const nonsense: [action: () => Promise<unknown>, message: string][] = [
    [() => here.put(one, dir.at("d")), "Cannot put 1: it is no path"],
    [() => here.put(noise(1), one), 'Cannot use 1 as a path on "here"'],
    [() => here.fetch(one, dir.at("d")), 'Cannot use 1 as a path on "here"'],
    [() => here.fetch(dir.at("a"), one), "Cannot fetch to 1: it is no path"],
    [() => here.sync(one, dir.at("d")), "Cannot use 1 as a path: it must be"],
    [() => here.sync(dir.path, one), 'Cannot use 1 as a path on "here"'],
    [() => here.syncFrom(one, dir.at("d")), 'Cannot use 1 as a path on "here"'],
    [() => here.syncFrom(dir.path, one), "Cannot use 1 as a path: it must be"],
  ];
  for (const [action, message] of nonsense) {
    await assertRejects(action, TypeError, message);
  }
  assertEquals(dir.names(), []);
});

Deno.test("without a place a file becomes a new temporary one, on either side", async () => {
  await using dir = await folder();
  await Deno.writeTextFile(dir.at("a"), "hello");
  await using here = new Through(["env", `TMPDIR=${dir.path}`]);
  const { remotePath } = await here.put(dir.at("a"));
  assert(remotePath.startsWith(`${dir.path}/tongs-`));
  assertEquals(await Deno.readTextFile(remotePath), "hello");
  assertEquals(modeOf(remotePath), 0o644);
  const { localPath } = await here.fetch(remotePath);
  try {
    assertEquals(await Deno.readTextFile(localPath!), "hello");
    assertEquals(modeOf(localPath!), 0o600); // Nobody else's business.
  } finally {
    await Deno.remove(localPath!);
  }
});

Deno.test("a file gets exactly the bits that put is given, whatever the umask and whatever was there", async () => {
  await using dir = await folder();
  for (const umask of ["000", "077"]) {
    await using here = new Through([
      "sh",
      "-c",
      `umask ${umask};exec "$@"`,
      "sh",
    ]);
    for (const mode of [undefined, 0o600, 0o4755, 0, 0o777]) {
      const options = mode === undefined ? {} : { mode };
      await here.put(new Uint8Array(3), dir.at("a"), options);
      assertEquals(modeOf(dir.at("a")), mode ?? 0o644);
    }
    await assertRejects(
      () => here.put(new Uint8Array(3), dir.at("a"), { mode: 0o10000 }),
      RangeError,
    );
  }
});

Deno.test("a fetched file gets the bits of the remote one less the umask, and one that was there keeps its own", async () => {
  await using dir = await folder();
  await using here = new Local("here");
  await Deno.writeTextFile(dir.at("a"), "new");
  await Deno.chmod(dir.at("a"), 0o4751);
  await here.fetch(dir.at("a"), dir.at("new"));
  assertEquals(modeOf(dir.at("new")), 0o751 & ~await umask());
  await Deno.writeTextFile(dir.at("old"), "old");
  await Deno.chmod(dir.at("old"), 0o640);
  await here.fetch(dir.at("a"), dir.at("old"));
  assertEquals([dir.text("old"), modeOf(dir.at("old"))], ["new", 0o640]);
});

Deno.test("relative paths are in the directory of the operation, else of the tunnel, and ~/ is the home", async () => {
  await using dir = await folder();
  await using other = await folder();
  await using here = new Through(["env", `HOME=${other.path}`], {
    cwd: dir.path,
  });
  await Deno.mkdir(dir.at("sub"));
  const bytes = new TextEncoder().encode("x");
  const paths: [Through, string, string][] = [
    [here, "a", dir.at("a")],
    [here, "./sub//b", dir.at("sub/b")],
    [here.with({ cwd: "sub" }), "c", dir.at("sub/c")],
    [here.with({ cwd: other.path }), "d", other.at("d")],
    [here, "~/e", other.at("e")],
  ];
  for (const [tunnel, path, absolute] of paths) {
    assertEquals((await tunnel.put(bytes, path)).remotePath, absolute);
    assertEquals(await Deno.readTextFile(absolute), "x");
    const { localPath, remotePath } = await tunnel.fetch(path, dir.at("back"));
    assertEquals([localPath, remotePath], [dir.at("back"), absolute]);
  }
});

Deno.test("a link is followed and stays, also one that leads to nothing yet", async () => {
  await using dir = await folder();
  await using here = new Local("here");
  await Deno.mkdir(dir.at("sub"));
  await Deno.writeTextFile(dir.at("sub/old"), "old");
  await Deno.symlink("sub/link", dir.at("link"));
  await Deno.symlink("old", dir.at("sub/link"));
  await Deno.symlink(dir.at("sub/new"), dir.at("dangling"));
  await Deno.symlink("loop", dir.at("loop"));
  const bytes = new TextEncoder().encode("put");
  assertEquals(
    (await here.put(bytes, dir.at("link"))).remotePath,
    dir.at("sub/old"),
  );
  assertEquals(
    (await here.fetch(dir.at("link"), dir.at("dangling"))).localPath,
    dir.at("sub/new"),
  );
  assertEquals([dir.text("sub/old"), dir.text("sub/new")], ["put", "put"]);
  assertEquals(await Deno.readLink(dir.at("link")), "sub/link");
  const error = await assertRejects(
    () => here.put(bytes, dir.at("loop")),
    TransferError,
  );
  assert(error.message.endsWith("too many links"), error.message);
  assertEquals(dir.names(), ["dangling", "link", "loop", "sub"]);
});

Deno.test("files that have content and no size, as in /proc, can be fetched and put", async () => {
  await using dir = await folder();
  await using here = new Local("here");
  const { size } = await here.fetch("/proc/version", dir.at("a"));
  assert(size > 0);
  assertEquals(dir.text("a"), await Deno.readTextFile("/proc/version"));
  await here.put("/proc/version", dir.at("b"));
  assertEquals(dir.text("b"), dir.text("a"));
});

Deno.test("of two puts to one target at once, one wins whole", async () => {
  await using dir = await folder();
  await using here = new Local("here");
  const files = [1, 2, 3, 4].map((byte) =>
    new Uint8Array(3_000_000).fill(byte)
  );
  for (let round = 0; round < 3; round++) {
    await Promise.all(files.map((file) => here.put(file, dir.at("a"))));
    const written = await Deno.readFile(dir.at("a"));
    assert(
      files.some((file) =>
        file.length === written.length && file[0] === written[0]
      ),
    );
    assert(written.every((byte) => byte === written[0]));
    assertEquals(dir.names(), ["a"]);
  }
});

Deno.test("progress begins with nothing, only grows, and ends with all", async () => {
  await using dir = await folder();
  await using here = new Local("here");
  const bytes = noise(6_000_000);
  await Deno.writeFile(dir.at("a"), bytes);
  for (const op of ["put", "fetch"] as const) {
    const seen: FileProgress[] = [];
    await here[op](dir.at("a"), dir.at("b"), {
      onProgress: (now) => void seen.push(now),
    });
    assertEquals(seen[0], { host: "here", bytes: 0, total: bytes.length });
    assertEquals(seen.at(-1), {
      host: "here",
      bytes: bytes.length,
      total: bytes.length,
    });
    for (let i = 1; i < seen.length; i++) {
      assert(seen[i]!.bytes > seen[i - 1]!.bytes || i === seen.length - 1);
    }
  }
  const totals = new Set<number | undefined>();
  await here.put(new Blob([bytes]).stream(), dir.at("b"), {
    onProgress: ({ total }) => void totals.add(total),
  });
  assertEquals([...totals], [undefined, bytes.length]);
});

Deno.test("user code in a busy loop stops no transfer", async () => {
  await using dir = await folder();
  await using here = new Local("here");
  const log = recorder();
  await using stuck = new Local("stuck", log);
  const aborter = new AbortController();
  const call = rejection(
    stuck.with({ signal: aborter.signal }).call(spinWithChild),
  );
  await log.wait("pids "); // It says so, and then nothing any more.
  await here.put(noise(3_000_000), dir.at("a"));
  await stuck.put(dir.at("a"), dir.at("b"));
  await stuck.fetch(dir.at("b"), dir.at("c"));
  assertEquals(
    await Deno.readFile(dir.at("c")),
    await Deno.readFile(dir.at("a")),
  );
  aborter.abort();
  await call;
});

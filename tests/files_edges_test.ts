// Files at the edges: odd links, callbacks and sinks, and the way there and back over ssh.

import { assertEquals, assertRejects } from "@std/assert";
import { type FileProgress, Group, Local, TransferError } from "../mod.ts";
import { timeLimits } from "./support/clock.ts";
import { digestOf, folder, noise } from "./support/files.ts";
import { eventually } from "./support/processes.ts";
import { sshdMissing, startSshd } from "./support/sshd.ts";
import { rejection, sshTo } from "./support/tunnels.ts";

function modeOf(path: string): number {
  return Deno.statSync(path).mode! & 0o7777;
}

Deno.test({
  name: "over ssh, files go there and come back whole, relative to the home",
  ignore: sshdMissing !== undefined,
  async fn() {
    await using sshd = await startSshd();
    await using dir = await folder();
    await using host = sshTo(sshd);
    for (const size of [0, 1, 3_000_001]) {
      const bytes = noise(size);
      const name = `it's "${size}" ü\n`;
      await Deno.writeFile(dir.at("a"), bytes);
      const put = await host.put(dir.at("a"), name, { mode: 0o750 });
      assertEquals(put, {
        localPath: dir.at("a"),
        remotePath: `${sshd.home}/${name}`,
        size,
        sha256: await digestOf(bytes),
      });
      assertEquals(modeOf(put.remotePath), 0o750);
      const back = await host.fetch(`~/${name}`, dir.at("b"));
      assertEquals(back, { ...put, localPath: dir.at("b") });
      assertEquals(await Deno.readFile(dir.at("b")), bytes);
      await Deno.remove(put.remotePath);
    }
  },
});

Deno.test("a stream of what is no bytes is refused, by one host and by many", async () => {
  await using dir = await folder();
  await using here = new Local("here");
  await using group = new Group([here, new Local("there")]);
  const text = () => ReadableStream.from(["text"]) as never;
  for (
    const put of [
      () => here.put(text(), dir.at("a")),
      () => Promise.resolve(group.put(text(), dir.at("a"))),
    ]
  ) {
    await assertRejects(
      put,
      TypeError,
      "Cannot put a stream of what is no Uint8Array",
    );
  }
  assertEquals(dir.names(), []);
});

Deno.test("a link to ~/ leads to a directory of that name, and one into a place that is missing says which", async () => {
  await using dir = await folder();
  await using here = new Local("here", { cwd: dir.path });
  await Deno.mkdir(dir.at("~"));
  await Deno.symlink("~/a", dir.at("link"));
  const { remotePath } = await here.put(noise(1), "link");
  assertEquals(remotePath, dir.at("~/a"));
  assertEquals((await here.fetch("link", dir.at("link"))).size, 1);
  await Deno.symlink("missing/a", dir.at("far"));
  await assertRejects(
    () => here.put(noise(1), "far"),
    TransferError,
    `there is no directory "${dir.path}/missing"`,
  );
  const error = await rejection(here.put(noise(1), "/proc/a"));
  assertEquals(error.message.includes('directory "/proc"'), false);
});

Deno.test("a progress callback that throws at the very end leaves nothing, too", async () => {
  await using dir = await folder();
  await using here = new Local("here");
  await Deno.writeFile(dir.at("a"), noise(10));
  const options = {
    onProgress({ bytes }: FileProgress) {
      if (bytes === 10) throw new Error("enough");
    },
  };
  for (const op of ["put", "fetch"] as const) {
    const error = await rejection(here[op](dir.at("a"), dir.at("b"), options));
    assertEquals(error.message, "enough");
    await eventually(() => dir.names().join() === "a");
  }
});

Deno.test("what is fetched can be compressed on its way", async () => {
  await using here = new Local("here");
  const gzip = new CompressionStream("gzip");
  const [text] = await Promise.all([
    new Response(
      gzip.readable.pipeThrough(new DecompressionStream("gzip")),
    ).text(),
    here.fetch("/etc/passwd", gzip.writable),
  ]);
  assertEquals(text, await Deno.readTextFile("/etc/passwd"));
});

Deno.test("a sink that never closes keeps nobody waiting who has a time limit", async () => {
  await using here = new Local("here");
  using limits = timeLimits();
  const sink = new WritableStream({
    close() {
      assertEquals(limits.pass(), [200]);
      return new Promise(() => {});
    },
  });
  const error = await rejection(
    here.with({ timeout: 200 }).fetch("/etc/passwd", sink),
  );
  assertEquals(error.name, "TimeoutError");
});

Deno.test("what is fetched into the place of a program gets no set-user-ID bit of it", async () => {
  await using dir = await folder();
  await using here = new Local("here");
  await Deno.writeFile(dir.at("a"), noise(10));
  await Deno.chmod(dir.at("a"), 0o6751);
  await here.fetch("/etc/passwd", dir.at("a"));
  assertEquals(modeOf(dir.at("a")), 0o751);
});

// Transfers that are cut off: whoever dies, and whatever the disk or the far side does, the target is
// the old file, and nothing else stays.

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertRejects,
} from "@std/assert";
import {
  Local,
  ProtocolError,
  TransferError,
  TunnelClosedError,
} from "../mod.ts";
import {
  endless,
  type Folder,
  folder,
  noise,
  ORDINARY,
  sparse,
  Through,
} from "./support/files.ts";
import { timeLimits } from "./support/clock.ts";
import { Hostile } from "./support/hostile.ts";
import {
  eventually,
  isAlive,
  processesMatching,
  soon,
} from "./support/processes.ts";
import { findProgram, sshdMissing, startSshd } from "./support/sshd.ts";
import { rejection, sshTo, testdata } from "./support/tunnels.ts";

const root = Deno.uid() === 0;

/** Waits until a file is being written. */
function begun(dir: Folder): Promise<void> {
  return eventually(
    () => dir.names().some((name) => name.includes(".tongs-")),
    { message: "Nothing is being written" },
  );
}

/** Checks that a folder has a file `a` with the old text, and what else is named. */
async function asBefore(dir: Folder, ...others: string[]): Promise<void> {
  await soon(() => dir.names().join() === ["a", ...others].join());
  assertEquals(dir.text("a"), "old");
}

async function old(): Promise<Folder> {
  const dir = await folder();
  await Deno.writeTextFile(dir.at("a"), "old");
  return dir;
}

/** A name that a careless shell would trip over. */
const ODD = 'it\'s $(a) `b` "c"\n\\d -rf *';

Deno.test("a supervisor that is killed while it takes a file leaves nothing, whatever the file is called", async () => {
  await using dir = await old();
  await using here = new Local("here");
  const { pid } = await here.info();
  const { stream, cancelled } = endless();
  await Deno.writeTextFile(dir.at(ODD), "odd");
  const put = rejection(here.put(stream, dir.at("a")));
  const other = endless();
  const odd = rejection(here.put(other.stream, dir.at(ODD)));
  await eventually(() => dir.names().length === 4);
  Deno.kill(pid, "SIGKILL");
  assertInstanceOf(await put, TunnelClosedError);
  assertInstanceOf(await odd, TunnelClosedError);
  await Promise.all([cancelled, other.cancelled]);
  await asBefore(dir, ODD);
  // Nor does it take what came to be in the meantime.
  await here.put(noise(10), dir.at("b"));
  await here.close();
  assertEquals(dir.names(), ["a", "b", ODD]);
});

Deno.test("a supervisor that is killed while it sends a file leaves the local one as it was", async () => {
  await using dir = await old();
  await using here = new Local("here");
  const { pid } = await here.info();
  const big = await sparse(dir);
  const fetch = rejection(here.fetch(big, dir.at("a")));
  await begun(dir);
  Deno.kill(pid, "SIGKILL");
  assertInstanceOf(await fetch, TunnelClosedError);
  await asBefore(dir, "big");
});

async function killController(
  op: "put" | "fetch",
  signal: Deno.Signal,
  config?: string,
): Promise<void> {
  await using dir = await old();
  const big = await sparse(dir);
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", new URL(testdata("files_controller.ts")).pathname],
      ...[op, big, dir.at("a")],
      ...config === undefined ? [] : [config],
    ],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("\n")) text += (await reader.read()).value ?? "\n";
  await begun(dir);
  child.kill(signal);
  await child.status;
  await reader.cancel();
  await asBefore(dir, "big");
  await soon(() => !isAlive(Number(text.split(" ")[1])));
}

for (const op of ["put", "fetch"] as const) {
  Deno.test(`a controller that is killed during ${op} leaves nothing on either side`, async () => {
    await killController(op, "SIGKILL");
    await killController(op, "SIGINT");
  });

  Deno.test({
    name:
      `over ssh, a controller that is killed during ${op} leaves nothing on either side`,
    ignore: sshdMissing !== undefined,
    async fn() {
      await using sshd = await startSshd();
      await killController(op, "SIGKILL", sshd.configPath);
    },
  });
}

Deno.test({
  name:
    "over ssh, an ssh that is killed during a transfer leaves nothing on either side",
  ignore: sshdMissing !== undefined,
  async fn() {
    await using sshd = await startSshd();
    await using dir = await old();
    const big = await sparse(dir);
    for (const op of ["put", "fetch"] as const) {
      await using tunnel = sshTo(sshd);
      await tunnel.connect();
      const transfer = rejection(tunnel[op](big, dir.at("a")));
      await begun(dir);
      const [ssh] = processesMatching(` -F ${sshd.configPath} `);
      Deno.kill(ssh!.pid, "SIGKILL");
      assertInstanceOf(await transfer, TunnelClosedError);
      await asBefore(dir, "big");
    }
  },
});

Deno.test("close() during a transfer ends it, and leaves nothing", async () => {
  await using dir = await old();
  const big = await sparse(dir);
  for (const op of ["put", "fetch"] as const) {
    const here = new Local("here");
    const transfer = rejection(here[op](big, dir.at("a")));
    await begun(dir);
    await here.close();
    assertInstanceOf(await transfer, TunnelClosedError);
    await asBefore(dir, "big");
  }
});

Deno.test({
  name:
    "a full disk is an error that says so, on either side, and leaves all as it was",
  ignore: !root || findProgram("mount") === undefined,
  async fn() {
    await using dir = await old();
    await Deno.mkdir(dir.at("full"));
    const mount = await new Deno.Command("mount", {
      args: ["-t", "tmpfs", "-o", "size=2m", "none", dir.at("full")],
    }).output();
    if (!mount.success) return console.log("skipped: nothing can be mounted");
    try {
      await using here = new Local("here");
      await Deno.writeFile(dir.at("big"), noise(3_000_000));
      await Deno.writeTextFile(dir.at("full/a"), "old");
      for (const [op, side] of [["put", "there"], ["fetch", "here"]] as const) {
        const error = await assertRejects(
          () => here[op](dir.at("big"), dir.at("full/a")),
          TransferError,
          "the disk is full",
        );
        assertEquals([error.reason, error.side], ["no-space", side]);
        const names = await Array.fromAsync(Deno.readDir(dir.at("full")));
        assertEquals(names.map(({ name }) => name), ["a"]);
        assertEquals(dir.text("full/a"), "old");
      }
    } finally {
      await new Deno.Command("umount", { args: [dir.at("full")] }).output();
    }
  },
});

Deno.test({
  name:
    "a file that something is mounted on, as in containers, stays, and the error says why",
  ignore: !root || findProgram("mount") === undefined,
  async fn() {
    await using dir = await old();
    await Deno.writeTextFile(dir.at("mounted"), "mounted");
    const mount = await new Deno.Command("mount", {
      args: ["--bind", dir.at("mounted"), dir.at("a")],
    }).output();
    if (!mount.success) return console.log("skipped: nothing can be mounted");
    try {
      await using here = new Local("here");
      for (const op of ["put", "fetch"] as const) {
        await assertRejects(
          () => here[op]("/etc/hostname", dir.at("a")),
          TransferError,
          "it is in use, or something is mounted there",
        );
      }
      assertEquals(dir.text("a"), "mounted");
    } finally {
      await new Deno.Command("umount", { args: [dir.at("a")] }).output();
    }
    await asBefore(dir, "mounted");
  },
});

Deno.test({
  name: "an ordinary user may write and read what it may, and nothing else",
  ignore: !root || findProgram("setpriv") === undefined,
  async fn() {
    await using dir = await old();
    await Deno.chmod(dir.path, 0o755);
    await Deno.mkdir(dir.at("own"));
    await Deno.chmod(dir.at("a"), 0o600);
    for (const name of ["a", "."]) await Deno.chown(dir.at(name), 65534, 65534);
    await using nobody = new Through(ORDINARY, { cwd: "/" });
    const denied = [
      () => nobody.put(noise(10), dir.at("a")),
      () => nobody.put(noise(10), dir.at("b")),
      () => nobody.fetch(dir.at("a"), dir.at("b")),
    ];
    for (const action of denied) {
      const error = await assertRejects(
        action,
        TransferError,
        "permission denied",
      );
      assertEquals([error.reason, error.side], ["permission", "there"]);
    }
    await asBefore(dir, "own");
    await Deno.chmod(dir.at("a"), 0o666); // Which is not enough to replace it.
    await assertRejects(
      () => nobody.put(noise(10), dir.at("a")),
      TransferError,
      `permission denied: no file can be made in "${dir.path}"`,
    );
    await nobody.put(noise(10), dir.at("own/a"), { mode: 0o600 });
    const { mode } = await Deno.stat(dir.at("own/a"));
    assertEquals(mode! & 0o7777, 0o600);
    await nobody.fetch(dir.at("own/a"), dir.at("b"));
  },
});

const LIES: [scenario: string, error: RegExp][] = [
  ["another digest", /has the SHA-256 2cf24.* and not 0000/],
  ["no digest", /Cannot read what the agent says/],
  ["another size", /5 of 4 bytes have come/],
  ["more than it said", /more than the 4 bytes/],
  ["negative size", /Cannot read what the agent says/],
  ["no number", /Cannot read what the agent says/],
  ["infinite", /Cannot read what the agent says/],
  ["no head", /said nothing before/],
  ["relative path", /Cannot read what the agent says/],
  ["null", /said nothing before|Cannot read/],
  ["null failure", /Cannot read what the agent says/],
  ["data after the end", /data after the end/],
  ["a call instead", /message of type 21/],
];

for (const [scenario, message] of LIES) {
  Deno.test(`fetch from a hostile agent: ${scenario}`, async () => {
    await using dir = await old();
    await using hostile = new Hostile(`file: ${scenario}`);
    const error = await rejection(hostile.fetch("/far/file", dir.at("a")));
    assertMatch(error.message, message);
    await asBefore(dir);
  });
}

Deno.test("fetch from a hostile agent: a good one is good, and gives no file special bits", async () => {
  await using dir = await folder();
  for (const scenario of ["good", "setuid"]) {
    await using hostile = new Hostile(`file: ${scenario}`);
    const { localPath, remotePath, size } = await hostile.fetch(
      "x",
      dir.at("a"),
    );
    assertEquals([localPath, remotePath, size], [dir.at("a"), "/far/file", 5]);
    assertEquals(dir.text("a"), "hello");
    assertEquals((await Deno.stat(dir.at("a"))).mode! & 0o7000, 0);
    await Deno.remove(dir.at("a"));
  }
});

Deno.test("fetch from a hostile agent: what it says of an error is short and harmless", async () => {
  await using hostile = new Hostile("file: escapes");
  const error = await assertRejects(() => hostile.fetch("x"), TransferError);
  assertEquals(error.reason, "unknown");
  assert(error.message.includes("␛[2J") && error.message.length < 1200);
  // deno-lint-ignore no-control-regex
  assert(!/\x1b/.test(Deno.inspect(error)));
});

Deno.test("fetch from a hostile agent: more than it was granted ends the connection", async () => {
  await using hostile = new Hostile("file: beyond credit");
  const slow = new WritableStream({ write: () => new Promise(() => {}) });
  const error = await rejection(hostile.fetch("x", slow));
  assertInstanceOf(error, ProtocolError);
  assertMatch(error.message, /exceeded its credit/);
});

Deno.test("put to a hostile agent that took another file is an error", async () => {
  await using hostile = new Hostile("file: taken another");
  await assertRejects(
    () => hostile.put(noise(5), "x"),
    ProtocolError,
    "took another",
  );
});

Deno.test("a hostile agent that goes on without end or silently is ended by a time limit", async () => {
  await using dir = await old();
  await using hostile = new Hostile("file: without size, for ever");
  using limits = timeLimits();
  const fetched = rejection(
    hostile.with({ timeout: 1000 }).fetch("x", dir.at("a")),
  );
  // All that it says has come.
  await eventually(() =>
    dir.names().some((name) => Deno.statSync(dir.at(name)).size === 2 ** 20)
  );
  assertEquals(limits.pass(), [1000]);
  assertEquals((await fetched).name, "TimeoutError");
  await asBefore(dir);
});

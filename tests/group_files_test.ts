// Files to and from many hosts: the source is read once, targets are checked first, and no host holds
// up another.

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
} from "@std/assert";
import { Group, Local, TransferError, TunnelClosedError } from "../mod.ts";
import { digestOf, endless, folder, noise } from "./support/files.ts";
import { eventually } from "./support/processes.ts";
import { MOD, project, rejection, runScript } from "./support/tunnels.ts";

/** Tunnels whose relative paths are in folders of their own. */
async function places(dir: string, count: number): Promise<Local[]> {
  const names = Array.from({ length: count }, (_, i) => `h${i}`);
  return await Promise.all(names.map(async (name) => {
    await Deno.mkdir(`${dir}/${name}`);
    // One that stands still is not given up, however long the others take.
    return new Local(name, { cwd: `${dir}/${name}`, keepAlive: 0 });
  }));
}

Deno.test("a file, bytes or a stream reaches each host, and a stream is read once", async () => {
  await using dir = await folder();
  await using group = new Group(await places(dir.path, 5), { concurrency: 2 });
  const bytes = noise(1_500_000);
  const sha256 = await digestOf(bytes);
  await Deno.writeFile(dir.at("source"), bytes);
  let pulled = 0;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(bytes.subarray(pulled, pulled += 100_000));
      if (pulled === bytes.length) controller.close();
    },
  });
  for (const source of [dir.at("source"), bytes, stream]) {
    const result = await group.put(source, "a", { mode: 0o600 });
    assertEquals([...result.raiseFailures().keys()], [...group.hosts]);
    for (const [host, value] of result.successful()) {
      assertEquals(value, {
        localPath: source === dir.at("source") ? source : undefined,
        remotePath: dir.at(`${host}/a`),
        size: bytes.length,
        sha256,
      });
      assertEquals(await Deno.readFile(dir.at(`${host}/a`)), bytes);
      await Deno.remove(dir.at(`${host}/a`));
    }
  }
  assertEquals(pulled, bytes.length);
});

Deno.test("outcomes of put and fetch arrive one by one, and leaving the loop cancels the rest", async () => {
  await using dir = await folder();
  await using group = new Group(await places(dir.path, 3), { concurrency: 1 });
  const hosts: string[] = [];
  for await (const [host, outcome] of group.put(noise(10), "a")) {
    assert(outcome.ok);
    hosts.push(host);
    if (hosts.length === 2) break;
  }
  assertEquals(hosts, ["h0", "h1"]);
  const seen: [host: string, ok: boolean, there: string[]][] = [];
  for await (const [host, { ok }] of group.fetch("a", dir.at("{host}.a"))) {
    seen.push([host, ok, dir.names().filter((name) => name.endsWith(".a"))]);
  }
  // The last one was cancelled before it had the file.
  assertEquals(seen, [
    ["h0", true, ["h0.a"]],
    ["h1", true, ["h0.a", "h1.a"]],
    ["h2", false, ["h0.a", "h1.a"]],
  ]);
});

Deno.test("a host that stands still holds up no other one, and gets its file when it goes on", async () => {
  await using dir = await folder();
  const tunnels = await places(dir.path, 3);
  await using group = new Group(tunnels);
  const [stuck] = tunnels;
  const { pid } = await stuck!.info();
  const bytes = noise(20_000_000);
  await Deno.writeFile(dir.at("a"), bytes);
  Deno.kill(pid, "SIGSTOP");
  try {
    const seen: string[] = [];
    for await (const [host, outcome] of group.put(dir.at("a"), "a")) {
      assert(outcome.ok, String(!outcome.ok && outcome.error));
      seen.push(host);
      if (seen.length === 2) Deno.kill(pid, "SIGCONT");
    }
    assertEquals(seen.at(-1), "h0");
    assertEquals(await Deno.readFile(dir.at("h0/a")), bytes);
  } finally {
    Deno.kill(pid, "SIGCONT");
  }
});

Deno.test("hosts that die fail with an error each, and the others finish", async () => {
  await using dir = await folder();
  const tunnels = await places(dir.path, 6);
  await using group = new Group(tunnels);
  const pids = new Map(
    await Promise.all(
      tunnels.map(async (tunnel) =>
        [tunnel.host, (await tunnel.info()).pid] as const
      ),
    ),
  );
  const bytes = noise(40_000_000);
  await Deno.writeFile(dir.at("a"), bytes);
  for (const op of ["put", "fetch"] as const) {
    const dead = new Set(op === "put" ? ["h1", "h4"] : ["h0", "h5"]);
    for (const host of op === "fetch" ? dead : []) {
      await Deno.truncate(dir.at(`${host}/a`), 2 ** 36); // Sparse, and too much to be through.
    }
    const killed = new Set<string>();
    const options = {
      onProgress({ host, bytes }: { host: string; bytes: number }) {
        if (bytes === 0 || !dead.has(host) || killed.has(host)) return;
        killed.add(host);
        Deno.kill(pids.get(host)!, "SIGKILL");
      },
    };
    const result = op === "put"
      ? await group.put(dir.at("a"), "a", options)
      : await group.fetch(dir.at("a"), dir.at("{host}/b"), options);
    assertEquals(new Set([...result.failures()].map(([host]) => host)), dead);
    for (const [, error] of result.failures()) {
      assertInstanceOf(error, TunnelClosedError);
    }
    for (const host of group.hosts) {
      const there = [op === "put" ? "a" : "b"].filter(() => !dead.has(host));
      await eventually(async () => {
        const names = (await Array.fromAsync(Deno.readDir(dir.at(host)))).map((
          { name },
        ) => name);
        return names.filter((name) => name === there[0] || name.startsWith("."))
          .join() === there.join();
      });
    }
    // They are tried again, with new agents.
    await group.connect();
    for (const tunnel of tunnels) {
      pids.set(tunnel.host, (await tunnel.info()).pid);
    }
  }
});

Deno.test("a source that cannot be read fails the call as a whole, and a stream that fails with its own error", async () => {
  await using dir = await folder();
  await using group = new Group([new Local("a"), new Local("b")]);
  const error = await assertRejects(
    async () => await group.put(dir.at("none"), dir.at("x")),
    TransferError,
    `on 2 hosts: "${dir.at("none")}" on this side: there is no such file`,
  );
  assertEquals([error.side, error.reason], ["here", "not-found"]);
  const broken = new Error("broken");
  const stream = new ReadableStream<Uint8Array>({
    pull() {
      throw broken;
    },
  });
  assert(
    await rejection(Promise.resolve(group.put(stream, dir.at("x")))) === broken,
  );
  assertEquals([...group].map(({ connected }) => connected), [false, false]);
  assertEquals(dir.names(), []);
});

Deno.test("a put that is cancelled while its stream is read ends that", async () => {
  await using dir = await folder();
  await using group = new Group([new Local("a"), new Local("b")]);
  const reason = new Error("enough");
  const target = dir.at("x");
  const ways: ((
    stream: ReadableStream<Uint8Array>,
    signal: AbortSignal,
  ) => PromiseLike<unknown>)[] = [
    (stream, signal) => group.put(stream, target, { signal }),
    (stream, signal) => group.with({ signal }).put(stream, target),
    (stream, signal) => group.with({ signal }).put(stream, target, { signal }),
  ];
  for (const way of ways) {
    const aborter = new AbortController();
    const { stream, cancelled } = endless();
    const put = rejection(Promise.resolve(way(stream, aborter.signal)));
    aborter.abort(reason);
    assert(await put === reason);
    assert(await cancelled === reason);
  }
  assertEquals(dir.names(), []);
});

Deno.test("a template gives each host a file of its own, and makes the directories that come from it", async () => {
  await using dir = await folder();
  await using group = new Group([new Local("web1"), new Local("user@web2:22")]);
  const result = await group.fetch(
    "/etc/hostname",
    dir.at("{host}/of/{host}.txt"),
  );
  assertEquals(
    [...result.raiseFailures().successful()].map(([, { localPath }]) =>
      localPath
    ),
    [
      dir.at("web1/of/web1.txt"),
      dir.at("user@web2:22/of/user@web2:22.txt"),
    ],
  );
  const url = new URL(`file://${dir.path}/{host}.txt`);
  (await group.fetch("/etc/hostname", url)).raiseFailures();
  assertEquals(dir.text("web1.txt"), await Deno.readTextFile("/etc/hostname"));
  // What fails leaves no directory either.
  const failed = await group.fetch(dir.at("none"), dir.at("new-{host}/a"));
  assertEquals([...failed.failures()].length, 2);
  assertEquals(dir.names(), [
    "user@web2:22",
    "user@web2:22.txt",
    "web1",
    "web1.txt",
  ]);
  // Without one, each is a temporary file.
  for (
    const [, { localPath }] of (await group.fetch("/etc/hostname")).successful()
  ) {
    await Deno.remove(localPath!);
  }
});

Deno.test("a template that would mix hosts up or lead elsewhere is refused before anything is asked for", async () => {
  await using dir = await folder();
  const cases: [hosts: string[], template: string, message: string][] = [
    [["a", "b"], dir.at("x"), "each must have a file of its own"],
    [["a", "../b"], dir.at("{host}"), `Cannot fetch from "../b"`],
    [["a", "/etc/b"], dir.at("{host}"), "cannot be part of a path"],
    [["a", ".."], dir.at("{host}/x"), "cannot be part of a path"],
    [["a", "."], dir.at("{host}/x"), "cannot be part of a path"],
    [["a", "x/y"], dir.at("{host}/x"), "cannot be part of a path"],
    [["a", "~"], "{host}/x", "cannot be part of a path"],
    [["a", "b"], dir.at("{host}/../x"), `".." leads them to the same file`],
  ];
  for (const [hosts, template, message] of cases) {
    await using group = new Group(hosts.map((host) => new Local(host)));
    const error = await rejection(
      (async () => await group.fetch("/etc/hostname", template))(),
    );
    assertInstanceOf(error, TypeError);
    assert(error.message.includes(message), error.message);
    assert([...group].every(({ connected }) => !connected));
  }
  await using group = new Group([new Local("a"), new Local("b")]);
  const elsewhere = new URL(`https://example.com${dir.path}/{host}`);
  for (
    const [op, verb] of [["fetch", "fetch"], ["syncFrom", "sync"]] as const
  ) {
    await assertRejects(
      async () => await group[op]("/etc", elsewhere),
      TransferError,
      `Cannot ${verb} "/etc" to "${elsewhere}": it is a https: URL, not a file: URL`,
    );
    await assertRejects(
      async () => await group[op]("/etc", 5 as never),
      TypeError,
      "Cannot use 5 as a path: it must be a string or a file: URL",
    );
  }
  await assertRejects(
    async () => await group.syncFrom("/etc", dir.at("x")),
    TypeError,
    `Cannot sync from 2 hosts to "${dir.at("x")}": each must have a directory`,
  );
  await assertRejects(
    async () => await group.fetch("/etc/hostname", dir.at("none/{host}")),
    TransferError,
    `"${dir.at("none")}": there is no such directory`,
  );
  assert([...group].every(({ connected }) => !connected));
  // A host that is alone needs no place holder.
  await using one = new Group([new Local("../a")]);
  (await one.fetch("/etc/hostname", dir.at("x"))).raiseFailures();
  assertEquals(dir.names(), ["x"]);
});

Deno.test("groups of none have answers of none", async () => {
  const none = new Group([]);
  assertEquals((await none.put("/no/such/file")).size, 0);
  assertEquals((await none.fetch("/no/such/file", "/no/such/{host}")).size, 0);
});

Deno.test("a stream that many hosts get leaves no temporary file here, and where there is no room for one, that is an error of this side", async () => {
  // In a process of its own, as the variable is one for all tests that run at once.
  await using files = await project({
    "main.ts": `
import { Group, Local } from ${JSON.stringify(MOD)};
Deno.mkdirSync("tmp");
Deno.env.set("TMPDIR", Deno.cwd() + "/tmp");
await using group = new Group([new Local("a"), new Local("b")]);
const result = await group.put(new Blob(["x".repeat(100_000)]).stream());
for (const [, { remotePath }] of result.raiseFailures().successful()) {
  console.log(remotePath.startsWith(Deno.cwd()));
  await Deno.remove(remotePath);
}
Deno.env.set("TMPDIR", Deno.cwd() + "/none");
await group.put(new Blob(["x"]).stream(), Deno.cwd() + "/x").then(
  undefined,
  ({ message, side, path }) => console.log(message, side, path === ""),
);`,
  });
  const { code, stdout, stderr } = await runScript(files, "main.ts");
  const why = "Cannot put a stream on 2 hosts: on this side: there is no " +
    `directory "${files.dir}/none" here true`;
  assertEquals([code, stdout, stderr], [0, `true\ntrue\n${why}\n`, ""]);
  const left = await Array.fromAsync(Deno.readDir(`${files.dir}/tmp`));
  assertEquals(left, []);
});

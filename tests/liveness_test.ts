// Ends of all kinds: cancelled, stuck, crashed, killed, gone silent. Nothing hangs, and nothing
// is left running.

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import {
  Local,
  RealmTerminatedError,
  type SSH,
  type Tunnel,
  TunnelClosedError,
} from "../mod.ts";
import * as functions from "./testdata/functions.ts";
import { increment, never, pid, spin } from "./testdata/functions.ts";
import {
  descendants,
  eventually,
  isAlive,
  processesMatching,
  soon,
} from "./support/processes.ts";
import { type Sshd, sshdMissing, startSshd } from "./support/sshd.ts";
import { type Timers, timers } from "./support/timers.ts";
import {
  PATIENT,
  type Recorder,
  recorder,
  rejection,
  sshTo,
} from "./support/tunnels.ts";

/** Longer than any test: then it is over when a test says so. */
const AN_HOUR = 3_600_000;

function testSsh(name: string, fn: (sshd: Sshd) => Promise<void>): void {
  Deno.test({
    name: `over ssh, ${name}`,
    ignore: sshdMissing !== undefined,
    async fn() {
      await using sshd = await startSshd();
      await fn(sshd);
    },
  });
}

/** Lets a tunnel run a function that is stuck and has a child; resolves to their pids. */
async function getStuck(tunnel: Tunnel, log: Recorder) {
  const call = rejection(tunnel.call(functions.spinWithChild));
  const { text } = await log.wait("pids ");
  const { pid } = await tunnel.info();
  const pids = text.split(" ").slice(1).map(Number);
  assert(pids.length === 2 && pids.every(isAlive) && isAlive(pid));
  return { call, agent: pid, pids };
}

function allGone(pids: number[]): Promise<void> {
  return soon(() => !pids.some(isAlive));
}

Deno.test("a cancelled call rejects at once with the reason, and its code sees its own signal", async () => {
  const log = recorder();
  await using here = new Local("here", { ...log, ...PATIENT });
  const one = new AbortController();
  const two = new AbortController();
  const calls = [one, two].map(({ signal }, i) =>
    rejection(here.with({ signal }).call(functions.untilCancelled, `call ${i}`))
  );
  await here.call(increment);
  await Promise.all([log.wait("call 0 began"), log.wait("call 1 began")]);
  const reason = new DOMException("enough", "AbortError");
  one.abort(reason);
  assert(await calls[0] === reason);
  let seen: unknown[] = [];
  await eventually(async () => {
    seen = await here.call(functions.cancellations);
    return seen.length > 0;
  });
  assertEquals(seen, [["call 0", true, "AbortError"]]);
  two.abort();
  assertEquals((await calls[1]).name, "AbortError");
  assertEquals(await here.call(increment), 2);
});

Deno.test("a call that takes too long rejects with a TimeoutError, and the state of the realm stays", async () => {
  await using here = new Local("here", PATIENT);
  await here.call(increment);
  const error = await rejection(here.with({ timeout: 50 }).call(never));
  assertEquals(error.name, "TimeoutError");
  assertEquals(await here.call(increment), 2);
});

Deno.test("a stuck function that is cancelled is replaced: others fail, later calls go through", async () => {
  const log = recorder();
  await using here = new Local("here", { ...log, grace: 200 });
  const before = await here.call(pid);
  const { pid: agent } = await here.info();
  const other = rejection(here.call(never));
  const aborter = new AbortController();
  const stuck = rejection(here.with({ signal: aborter.signal }).call(spin));
  await log.wait("spins");
  const reason = new DOMException("too long", "TimeoutError");
  aborter.abort(reason);
  assert(await stuck === reason);
  const later = await Promise.all([
    here.call(increment),
    here.call(increment),
    here.call(pid),
  ]);
  assertEquals(later.slice(0, 2), [1, 2]);
  assertNotEquals(later[2], before);
  assertInstanceOf(await other, RealmTerminatedError);
  assertEquals((await here.info()).pid, agent);
  assert(!isAlive(before) && here.connected);
});

for (
  const [what, fn, message] of [
    ["exits", functions.never, "exited with status 7"],
    ["is killed", functions.killSelf, "ended by SIGKILL"],
    ["runs out of memory", functions.exhaustMemory, "ended by"],
  ] as [string, () => unknown, string][]
) {
  Deno.test(`a process of user code that ${what} is replaced, and the tunnel lives`, async () => {
    await using here = new Local("here", {
      env: { DENO_V8_FLAGS: "--max-old-space-size=32" },
      onLog: () => {},
    });
    await here.call(increment);
    const { pid: agent } = await here.info();
    const other = rejection(here.call(never));
    const error = await rejection(
      what === "exits" ? here.call(functions.exit, 7) : here.call(fn),
    );
    assertInstanceOf(error, RealmTerminatedError);
    assertStringIncludes(error.message, message);
    assertInstanceOf(await other, RealmTerminatedError);
    assertEquals(await here.call(increment), 1);
    assertEquals((await here.info()).pid, agent);
  });
}

Deno.test("calls while processes of user code crash all come to an end", async () => {
  await using here = new Local("here", { onLog: () => {} });
  const outcomes = await Promise.all(
    Array.from({ length: 60 }, async (_, i) => {
      const call = i % 10 === 9
        ? here.call(functions.exit, i)
        : here.call(functions.later, i);
      const outcome = await call.catch((error) => error);
      if (outcome !== i) assertInstanceOf(outcome, RealmTerminatedError);
      return i % 4 ? 0 : await here.call(functions.echo, i).catch(() => 0);
    }),
  );
  assertEquals(outcomes.length, 60);
  assertEquals(await here.call(functions.echo, 1), 1);
});

async function controllerIsKilled(args: string[]): Promise<void> {
  const script = new URL("./testdata/controller.ts", import.meta.url).pathname;
  await using controller = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", script, ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let said = "";
  for await (
    const text of controller.stdout.pipeThrough(new TextDecoderStream())
  ) {
    said += text;
    if (/pids .*\n/.test(said) && /agent .*\n/.test(said)) break;
  }
  const pids = said.match(/\d+/g)!.map(Number);
  assertEquals(pids.length, 3);
  assert(pids.every(isAlive));
  const realm = Number(/pids (\d+)/.exec(said)![1]);
  const agent = Number(/agent (\d+)/.exec(said)![1]);
  const all = [...pids, ...descendants(agent), ...descendants(realm)];
  controller.kill("SIGKILL");
  await controller.status;
  await allGone(all);
}

Deno.test("a controller that is killed leaves nothing, whatever user code does", () =>
  controllerIsKilled([]));

testSsh(
  "a controller that is killed leaves nothing, whatever user code does",
  (sshd) => controllerIsKilled([sshd.configPath]),
);

Deno.test("a supervisor that is killed leaves nothing, and the call fails", async () => {
  const log = recorder();
  await using here = new Local("here", log);
  const { call, agent, pids } = await getStuck(here, log);
  Deno.kill(agent, "SIGKILL");
  await allGone(pids);
  assertInstanceOf(await call, TunnelClosedError);
  assertEquals(await here.call(increment), 1);
});

Deno.test("a supervisor that goes silent is given up, and leaves nothing", async () => {
  const log = recorder();
  using looks = timers(AN_HOUR);
  await using here = new Local("here", { ...log, keepAlive: AN_HOUR });
  const { call, agent, pids } = await getStuck(here, log);
  Deno.kill(agent, "SIGSTOP");
  await givenUp(here, looks);
  assertInstanceOf(await call, TunnelClosedError);
  await allGone([agent, ...pids]);
});

/** Lets a tunnel look for signs of life until it gives its connection up. */
function givenUp(tunnel: Tunnel, looks: Timers): Promise<void> {
  return eventually(() => {
    looks.goOff();
    return !tunnel.connected;
  });
}

/** The process of sshd that serves the connection of an agent. */
function serverOf(agent: number): number {
  const servers = processesMatching("sshd: ")
    .map(({ pid }) => ({ pid, below: descendants(pid) }))
    .filter(({ below }) => below.includes(agent));
  // Above it are those that listen and watch.
  return servers.sort((a, b) => a.below.length - b.below.length)[0]!.pid;
}

/** The ssh that a tunnel runs. */
function sshOf(sshd: Sshd): number {
  const [ssh] = processesMatching(`ssh -T -F ${sshd.configPath}`);
  return ssh!.pid;
}

testSsh(
  "an ssh that is killed ends the call and leaves nothing",
  async (sshd) => {
    const log = recorder();
    await using tunnel = sshTo(sshd, log);
    const { call, agent, pids } = await getStuck(tunnel, log);
    Deno.kill(sshOf(sshd), "SIGKILL");
    await allGone([agent, ...pids]);
    assertInstanceOf(await call, TunnelClosedError);
  },
);

testSsh(
  "a network that goes silent is given up, and leaves nothing on either side",
  async (sshd) => {
    const log = recorder();
    using looks = timers(AN_HOUR);
    await using tunnel: SSH = sshTo(sshd, { ...log, keepAlive: AN_HOUR });
    const { call, agent, pids } = await getStuck(tunnel, log);
    const ssh = sshOf(sshd);
    Deno.kill(ssh, "SIGSTOP");
    await givenUp(tunnel, looks);
    const error = await call;
    assertInstanceOf(error, TunnelClosedError);
    assertStringIncludes(error.message, "silent");
    await allGone([agent, ssh, ...pids]);
  },
);

testSsh(
  "a far side whose controller goes silent ends by itself",
  async (sshd) => {
    const log = recorder();
    // For the far side a second, which looks three times before it gives up; for this side as long as
    // the test wants.
    using looks = timers(1001);
    await using tunnel: SSH = sshTo(sshd, { ...log, keepAlive: 1001 });
    const { call, agent, pids } = await getStuck(tunnel, log);
    const server = serverOf(agent);
    // The server's side of the connection stands still: pipes stay open, and nothing comes.
    Deno.kill(server, "SIGSTOP");
    try {
      await eventually(() => ![agent, ...pids].some(isAlive));
      assert(tunnel.connected);
      await givenUp(tunnel, looks);
      assertInstanceOf(await call, TunnelClosedError);
    } finally {
      Deno.kill(server, "SIGCONT");
    }
  },
);

for (const kind of ["local", "ssh"]) {
  const fn = async (tunnel: Tunnel) => {
    const child = await tunnel.call(functions.leaveChild);
    assert(isAlive(child));
    await tunnel.close();
    await allGone([child]);
  };
  const name =
    "a child of user code that holds everything open does not hold the connection open";
  if (kind === "local") Deno.test(name, () => fn(new Local()));
  else testSsh(name, (sshd) => fn(sshTo(sshd)));
}

Deno.test("close() while calls run lets them fail, and leaves nothing", async () => {
  const log = recorder();
  const here = new Local("here", log);
  const waiting = rejection(here.call(never));
  const { call, agent, pids } = await getStuck(here, log);
  await here.close();
  assertInstanceOf(await call, TunnelClosedError);
  assertInstanceOf(await waiting, TunnelClosedError);
  assert(!isAlive(agent));
  await allGone(pids);
  assertEquals(here.connected, false);
});

Deno.test("close() while the tunnel connects lets what waits fail", async () => {
  const here = new Local();
  const call = rejection(here.call(increment));
  const ready = rejection(here.connect());
  await here.close();
  assertInstanceOf(await call, TunnelClosedError);
  assertInstanceOf(await ready, TunnelClosedError);
  await assertRejects(
    () => call.then((error) => Promise.reject(error)),
    TunnelClosedError,
    "was closed",
  );
});

// Sixty-four tunnels, eight of them over a real ssh: whatever they do together, five agents that are
// killed in the middle of it fail, clearly, and nobody else does.

import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import {
  Group,
  GroupError,
  type GroupResult,
  Local,
  type LogRecord,
  Queue,
  remote,
  type Tunnel,
} from "../mod.ts";
import { eventually, isAlive } from "./support/processes.ts";
import { startSshd } from "./support/sshd.ts";
import { sshTo } from "./support/tunnels.ts";

/** So many agents take their time, on a machine that is busy or slow. */
const SLOW = { timeout: 600_000 };

/** More than can be through before somebody is killed; it is sparse. */
const ENDLESS = 2 ** 36;

const SSH_HOSTS = 8;
const LOCAL_HOSTS = 56;
const KILLED = ["ssh0", "ssh5", "here0", "here20", "here55"];

/** What those say that never return. */
const WAITING = "waiting for ever";

/** Never returns on some hosts, and at once on the others. */
function waitOn(hosts: string[]): string | Promise<string> {
  if (!hosts.includes(remote.host)) return remote.host;
  remote.log.info(WAITING);
  return new Promise(() => {});
}

/** The numbers of the agents' processes, all of them connected now. */
async function agents(group: Group): Promise<Map<string, number>> {
  await group.connect();
  const found = new Map<string, number>();
  for (const tunnel of group) found.set(tunnel.host, (await tunnel.info()).pid);
  return found;
}

/** When a process began, which tells it from one that has its number later. */
function beginOf(pid: number): string | undefined {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined; // It has ended.
  }
}

/** Checks who failed, and that it says why. */
function check(result: GroupResult<unknown>, what: string): void {
  const failures = [...result.failures()];
  const told = failures.map(([host, error]) => `${host}: ${error}`).join("\n");
  assertEquals(
    failures.map(([host]) => host).sort(),
    KILLED.toSorted(),
    `${what}\n${told}`,
  );
  for (const [host, error] of failures) {
    assert(error.message.includes(host), `${what}: ${error.message}`);
    assert(/broke|closed|ended/.test(error.message), error.message);
  }
}

/** The files below a directory. */
function filesIn(dir: string): string[] {
  return [...Deno.readDirSync(dir)].flatMap((entry) =>
    entry.isDirectory
      ? filesIn(`${dir}/${entry.name}`).map((name) => `${entry.name}/${name}`)
      : [entry.name]
  ).sort();
}

Deno.test("64 tunnels: five agents killed in the middle of each operation fail, and nobody else", async (t) => {
  await using sshd = await startSshd();
  await using stack = new AsyncDisposableStack();
  const dir = await Deno.makeTempDir({ prefix: "tongs-fleet-" });
  stack.defer(() => Deno.remove(dir, { recursive: true }));
  const options = (name: string) => {
    Deno.mkdirSync(`${dir}/${name}`);
    return {
      name,
      cwd: `${dir}/${name}`,
      runtime: Deno.execPath(),
      connectTimeout: SLOW.timeout,
      keepAlive: SLOW.timeout,
      onLog: ({ text }: LogRecord) => {
        if (text === WAITING) waiting++;
      },
    };
  };
  let waiting = 0;
  const tunnels: Tunnel[] = [
    ...Array.from(
      { length: SSH_HOSTS },
      (_, i) => sshTo(sshd, options(`ssh${i}`)),
    ),
    ...Array.from(
      { length: LOCAL_HOSTS },
      (_, i) => new Local(`here${i}`, options(`here${i}`)),
    ),
  ];
  const group = stack.use(new Group(tunnels));
  const alive = group.size - KILLED.length;
  const everyAgent: [pid: number, begin: string | undefined][] = [];
  const kill = (pid: number) => Deno.kill(pid, "SIGKILL");
  async function pidsOfKilled(): Promise<Map<string, number>> {
    const pids = await agents(group);
    for (const pid of pids.values()) everyAgent.push([pid, beginOf(pid)]);
    return new Map([...pids].filter(([host]) => KILLED.includes(host)));
  }

  await t.step("call", async () => {
    const pids = await pidsOfKilled();
    const call = group.call(waitOn, KILLED);
    let answered = 0;
    for await (const [, { ok }] of call) {
      if (ok && ++answered === alive) {
        for (const pid of pids.values()) kill(pid);
      }
    }
    check(await call, "call");
  });

  await t.step("filter", async () => {
    const pids = await pidsOfKilled();
    const hosts = KILLED;
    const before = waiting;
    const asked = group.filter(() => waitOn(hosts)).catch((error) => error);
    // The others may have answered or not.
    await eventually(() => waiting === before + KILLED.length, SLOW);
    for (const pid of pids.values()) kill(pid);
    const error = await asked;
    assertInstanceOf(error, GroupError);
    assert(error.message.startsWith("5 of 64 hosts"), error.message);
    const some = await group.filter(() => !remote.host.startsWith("ssh"));
    assertEquals(some.size, LOCAL_HOSTS);
  });

  const source = `${dir}/source`;
  await Deno.writeFile(source, new Uint8Array(6 * 1024 * 1024).fill(7));

  await t.step("put", async () => {
    const pids = await pidsOfKilled();
    const put = await group.put(source, "file", {
      onProgress: ({ host, bytes }) => {
        if (bytes === 0) return; // It has only begun.
        const pid = pids.get(host);
        if (pids.delete(host)) kill(pid!);
      },
    });
    check(put, "put");
    for (const host of group.hosts) {
      const killed = KILLED.includes(host);
      // The watchdog of a killed agent removes what it has left.
      await eventually(
        () => filesIn(`${dir}/${host}`).join() === (killed ? "" : "file"),
        SLOW,
      );
    }
    (await group.put(source, "file")).raiseFailures();
  });

  await t.step("fetch", async () => {
    const pids = await pidsOfKilled();
    for (const host of KILLED) {
      await Deno.truncate(`${dir}/${host}/file`, ENDLESS);
    }
    const fetched = await group.fetch("file", `${dir}/{host}.back`, {
      onProgress: ({ host, bytes }) => {
        if (bytes === 0) return; // It has only begun.
        const pid = pids.get(host);
        if (pids.delete(host)) kill(pid!);
      },
    });
    check(fetched, "fetch");
    const back = filesIn(dir).filter((name) => name.endsWith(".back"));
    assertEquals(back.length, alive);
    assertEquals(filesIn(dir).filter((name) => name.includes(".tongs-")), []);
  });

  await t.step("sync", async () => {
    const tree = `${dir}/tree`;
    for (let i = 0; i < 10; i++) {
      await Deno.mkdir(`${tree}/d${i}`, { recursive: true });
      await Deno.writeFile(`${tree}/d${i}/f`, new Uint8Array(300_000).fill(i));
    }
    // What comes last is there already, but for those who are killed while it comes.
    const [last, time] = ["last", new Date(0)];
    const copies = group.hosts.filter((host) => !KILLED.includes(host))
      .map((host) => `${dir}/${host}/copy`);
    for (const parent of [tree, ...copies]) {
      await Deno.mkdir(parent, { recursive: true });
      await Deno.writeFile(`${parent}/${last}`, new Uint8Array());
      await Deno.truncate(`${parent}/${last}`, ENDLESS);
      await Deno.utime(`${parent}/${last}`, time, time);
    }
    const whole = filesIn(tree);
    const pids = await pidsOfKilled();
    const synced = await group.sync(tree, "copy", {
      onProgress: ({ host, bytes }) => {
        if (bytes === 0) return; // It has only begun.
        const pid = pids.get(host);
        if (pids.delete(host)) kill(pid!);
      },
    });
    check(synced, "sync");
    for (const host of group.hosts) {
      const copy = `${dir}/${host}/copy`;
      if (!KILLED.includes(host)) assertEquals(filesIn(copy), whole);
      else {
        await eventually(
          () =>
            filesIn(`${dir}/${host}`).every((name) =>
              name === "file" || whole.includes(name.slice("copy/".length))
            ),
          SLOW,
        );
      }
    }
    await Deno.remove(`${tree}/${last}`);
    (await group.sync(tree, "copy")).raiseFailures();
  });

  await t.step("queue", async () => {
    const pids = await pidsOfKilled();
    const queue = new Queue();
    const first = queue.call(group, () => 1);
    const middle = queue.call(group, waitOn, KILLED);
    const last = queue.call(group, () => 3);
    let answered = 0;
    const count = () => {
      if (++answered === alive) { for (const pid of pids.values()) kill(pid); }
    };
    // Each host tells on its own when it is through with what is in the middle.
    for (const tunnel of group) {
      if (!KILLED.includes(tunnel.host)) {
        queue.call(tunnel, () => 2).withCallback(count);
      }
    }
    await queue.run();
    first.value.raiseFailures();
    check(middle.value, "queue");
    last.value.raiseFailures(); // They were connected to anew.
  });

  await group.close();
  const isThere = ([pid, begin]: typeof everyAgent[number]) =>
    isAlive(pid) && beginOf(pid) === begin;
  await eventually(() => !everyAgent.some(isThere), {
    ...SLOW,
    message: "An agent is still there",
  });
});

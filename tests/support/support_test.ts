// What tests stand on: processes, places of a moment and real sshds, and that nothing of them stays.

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import {
  descendants,
  difference,
  eventually,
  isAlive,
  processesMatching,
  processesWithEnv,
  settled,
  snapshot,
  soon,
} from "./processes.ts";
import { findProgram, type Sshd, sshdMissing, startSshd } from "./sshd.ts";
import { timers } from "./timers.ts";

const SHELLS = ["bash", "dash", "zsh", "fish", "busybox"];

function testSshd(
  name: string,
  needs: string | undefined,
  fn: () => Promise<void>,
): void {
  const suffix = needs === undefined ? "" : ` (needs ${needs})`;
  Deno.test({ name: name + suffix, ignore: needs !== undefined, fn });
}

async function ssh(sshd: Sshd, command: string): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command("ssh", {
    args: ["-F", sshd.configPath, "host", command],
    stdin: "null",
  }).output();
  assertEquals(new TextDecoder().decode(stderr), "");
  assertEquals(code, 0);
  return new TextDecoder().decode(stdout);
}

Deno.test("descendants() finds the living below a process, and they stop being alive", async () => {
  const child = new Deno.Command("sh", {
    // The first child ends, and is never waited for.
    args: ["-c", 'exec 3<&0; true & sh -c "cat; :" <&3 3<&- & exec cat'],
    stdin: "piped",
    stdout: "null",
  }).spawn();
  // For a moment there is the first child, and what the second one runs is not there yet.
  await eventually(() => {
    const [first, ...others] = descendants(child.pid);
    return others.length === 1 && descendants(first!).length === 1;
  });
  const [shell, cat] = descendants(child.pid);
  assert(isAlive(child.pid) && isAlive(shell!) && isAlive(cat!));
  assertEquals(descendants(shell!), [cat!]);

  await child.stdin.close();
  await child.status;
  assertEquals(isAlive(child.pid), false);
  await eventually(() => !isAlive(shell!) && !isAlive(cat!));
  assertEquals(descendants(child.pid), []);
});

Deno.test("processesWithEnv() and processesMatching() find a process by what it was given", async () => {
  const mark = crypto.randomUUID();
  const child = new Deno.Command("sh", {
    args: ["-c", "cat; :", mark],
    env: { SUPPORT_TEST: mark },
    stdin: "piped",
    stdout: "null",
  }).spawn();
  const found = () =>
    processesMatching(`sh -c cat; : ${mark}`).map(({ pid }) => pid);
  // Until it becomes `cat`, the shell's child is what the shell is.
  await eventually(() =>
    processesWithEnv("SUPPORT_TEST", mark).length === 2 && found().length === 1
  );
  assertEquals(found(), [child.pid]);
  assertEquals(processesWithEnv("SUPPORT_TEST", mark.slice(1)), []);
  assertEquals(processesMatching(`:  ${mark}`), []);
  await child.stdin.close();
  await child.status;
  assertEquals(processesMatching(mark), []);
});

Deno.test("eventually() asks until the answer is yes, and not for ever", async () => {
  let asked = 0;
  await eventually(() => ++asked === 3);
  assertEquals(asked, 3);
  await assertRejects(
    () =>
      eventually(() => Promise.resolve(false), {
        timeout: 20,
        message: "Cannot see it",
      }),
    Error,
    "Cannot see it (waited 20 ms)",
  );
});

Deno.test("soon() asks until the answer is yes, for a second at least", async () => {
  let asked = 0;
  await soon(() => ++asked === 3);
  assertEquals(asked, 3);
  const start = performance.now();
  await assertRejects(
    () => soon(() => false, "Cannot see it"),
    Error,
    "Cannot see it (waited ",
  );
  assert(performance.now() - start >= 1000);
});

Deno.test("settled() asks until the answer stays the same", async () => {
  let asked = 0;
  const answer = await settled(() => Promise.resolve(Math.min(++asked, 70)));
  assertEquals(answer, 70);
  // Now and then it stays the same for a while.
  const pauses = await settled(() =>
    Promise.resolve(Math.min(++asked, 500) >> 5)
  );
  assertEquals(pauses, 500 >> 5);
});

Deno.test("timers() go off when a test says so, those that are not cleared", () => {
  const seen: string[] = [];
  using waiting = timers(5);
  const [first] = ["cleared", "left"].map((text) =>
    setTimeout((text: string) => void seen.push(text), 5, text)
  );
  const other = setTimeout(() => {}, 6);
  clearTimeout(first);
  assertEquals(seen, []);
  waiting.goOff();
  waiting.goOff();
  assertEquals(seen, ["left"]);
  clearTimeout(other);
});

Deno.test("difference() tells what was added, changed and removed below some paths", async () => {
  const dir = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${dir}/sub`);
    await Deno.writeTextFile(`${dir}/changed`, "1");
    await Deno.writeTextFile(`${dir}/same`, "1");
    await Deno.symlink("/", `${dir}/link`);
    await Deno.symlink("nowhere", `${dir}/removed`);
    const before = await snapshot([dir, `${dir}/missing`]);
    assertMatch(before.get(`${dir}/same`)!, /^file 1 \d+$/);
    assertEquals(difference(before, await snapshot([dir])), []);

    await Deno.writeTextFile(`${dir}/sub/added`, "");
    await Deno.writeTextFile(`${dir}/changed`, "22");
    await Deno.remove(`${dir}/removed`);
    assertEquals(difference(before, await snapshot([dir])), [
      `added ${dir}/sub/added`,
      `changed ${dir}/changed`,
      `removed ${dir}/removed`,
    ]);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

for (const shell of SHELLS) {
  const path = findProgram(shell);
  testSshd(
    `startSshd() lets ${shell} be the login shell`,
    sshdMissing ?? (path ? undefined : shell),
    async () => {
      await using sshd = await startSshd({ shell });
      assertEquals(await ssh(sshd, "true"), "");
      const pid = shell === "fish" ? "$fish_pid" : "$$";
      // The shell would become a last command.
      const out = await ssh(sshd, `readlink /proc/${pid}/exe; true`);
      assertEquals(out.trim(), await Deno.realPath(path!));
    },
  );
}

testSshd(
  "startSshd() takes PATH, variables, a home and settings",
  sshdMissing,
  async () => {
    const home = await Deno.makeTempDir();
    try {
      await using sshd = await startSshd({
        path: "/nowhere",
        env: { QUOTED: `a "b" \\c 'd' $e` },
        home,
        extraConfig: ["MaxSessions 1", "Match User *", "Banner none"],
        extraClientConfig: ["Host other", "User nobody-at-all"],
      });
      const out = await ssh(
        sshd,
        'printf "%s\\n" "$PATH" "$QUOTED" "$HOME"; pwd -P',
      );
      assertEquals(out, `/nowhere\na "b" \\c 'd' $e\n${home}\n${home}\n`);
    } finally {
      await Deno.remove(home, { recursive: true });
    }
  },
);

testSshd(
  "startSshd() says why sshd does not start, and leaves nothing",
  sshdMissing,
  async () => {
    const mark = `Mark${crypto.randomUUID()}`;
    await assertRejects(
      () => startSshd({ extraConfig: [`${mark} yes`] }),
      Error,
      `Bad configuration option: ${mark}`,
    );
    await assertRejects(
      () => startSshd({ shell: "no-such-shell" }),
      Error,
      'Cannot start sshd: there is no shell "no-such-shell"',
    );
  },
);

testSshd(
  "startSshd() starts many at once on ports of their own",
  sshdMissing,
  async () => {
    const sshds = await Promise.all(
      Array.from({ length: 10 }, () => startSshd()),
    );
    try {
      assertEquals(new Set(sshds.map(({ port }) => port)).size, 10);
      const outs = await Promise.all(
        sshds.map((sshd) => ssh(sshd, "echo $HOME")),
      );
      assertEquals(outs, sshds.map(({ home }) => `${home}\n`));
    } finally {
      await Promise.all(sshds.map((sshd) => sshd[Symbol.asyncDispose]()));
    }
  },
);

testSshd(
  "disposing ends sshd, its sessions and what they left behind",
  sshdMissing,
  async () => {
    const mark = crypto.randomUUID();
    const sshd = await startSshd({ env: { SUPPORT_TEST: mark } });
    const marked = () => processesWithEnv("SUPPORT_TEST", mark);
    // Two orphans: one in the process group of a session that has ended, one out of it.
    await ssh(
      sshd,
      "exec </dev/null >/dev/null 2>&1; sleep 600 & (setsid sh -c 'sleep 600; :' &)",
    );
    const session = new Deno.Command("ssh", {
      args: ["-F", sshd.configPath, "host", "env -i sleep 600; true"],
      stdin: "null",
      stderr: "null",
    }).spawn();
    await eventually(() => marked().length === 4);
    const [listener] = processesMatching(`${sshd.dir}/sshd_config`);
    // Its side of the connection, the shell there and what that runs.
    await eventually(() => descendants(listener!.pid).length >= 3);
    const left = [
      listener!.pid,
      ...descendants(listener!.pid),
      ...marked(),
    ];

    await sshd[Symbol.asyncDispose]();
    assertEquals(left.filter(isAlive), []);
    assertEquals(marked(), []);
    assertEquals((await session.status).code, 255);
    await assertRejects(() => Deno.lstat(sshd.dir), Deno.errors.NotFound);
    // So that nobody listens: the port itself may be another's by now.
    assertEquals(processesMatching(sshd.dir), []);
    await sshd[Symbol.asyncDispose]();
  },
);

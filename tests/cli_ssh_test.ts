// What the command line does when hosts are dead, slow or no longer wanted, with a real sshd.
import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { eventually, processesWithEnv } from "./support/processes.ts";
import { type Program, programs, type Ran } from "./support/program.ts";
import { type Sshd, sshdMissing, startSshd } from "./support/sshd.ts";

const FUNCTIONS =
  new URL("./testdata/cli/forever.ts", import.meta.url).pathname;

interface Context extends Program {
  sshd: Sshd;
  /** The options that lead to it. */
  ssh: string[];
}

function test(name: string, body: (context: Context) => Promise<void>): void {
  for (const program of programs) {
    Deno.test({
      name: `${program.name}: ${name}`,
      ignore: sshdMissing !== undefined,
      async fn() {
        await using sshd = await startSshd();
        const ssh = ["-F", sshd.configPath, "--runtime", Deno.execPath()];
        await body({ ...program, sshd, ssh });
      },
    });
  }
}

/** Waits until nothing runs there any more: before an agent there would miss its controller. */
function isQuiet(sshd: Sshd): Promise<void> {
  return eventually(
    () => processesWithEnv("TEST_SSHD", sshd.dir).length === 0,
    { message: "Something still runs on the far side", timeout: 20_000 },
  );
}

/** How many functions or commands have left their marks in a folder. */
function marksIn(dir: string): number {
  return [...Deno.readDirSync(dir)].length;
}

/** Waits until functions or commands have left their marks in a folder. */
function begins(dir: string, count: number): Promise<void> {
  return eventually(() => marksIn(dir) === count, {
    message: "It does not begin",
    timeout: 60_000,
  });
}

/**
 * Runs what never ends with a time limit, which is longer where a machine needs more than that to begin.
 *
 * @param dir Where folders for marks are made.
 * @param count How many marks are left.
 * @param run Runs it.
 */
async function limited(
  dir: string,
  count: number,
  run: (seconds: number, begun: string) => Promise<Ran>,
): Promise<Ran & { seconds: number }> {
  for (let seconds = 1;; seconds *= 2) {
    const begun = await Deno.makeTempDir({ dir });
    const ran = await run(seconds, begun);
    if (marksIn(begun) === count) return { ...ran, seconds };
    assert(seconds < 32, `It does not begin: ${ran.stderr}`);
  }
}

async function keyFile(dir: string, name: string): Promise<string> {
  const path = `${dir}/${name}`;
  await new Deno.Command("ssh-keygen", {
    args: ["-q", "-t", "ed25519", "-N", "", "-f", path],
    stdin: "null",
  }).output();
  return path;
}

test("call and exec reach hosts by ssh", async ({ run, ssh, sshd }) => {
  const called = await run([
    "call",
    ...ssh,
    "-H",
    "web1,ssh://web2",
    `${FUNCTIONS}#add`,
    "1",
    "2",
  ]);
  assertMatch(called.stdout, /^── web1, web2 \(2 hosts\) ─+\n3\n$/);
  const executed = await run([
    "exec",
    ...ssh,
    "-H",
    "web1",
    "--",
    "echo $HOME",
  ]);
  assertEquals(executed, { code: 0, stdout: `${sshd.home}\n`, stderr: "" });
});

test("a host that cannot be reached is exit status 4 and says why", async ({ run, sshd }) => {
  const config = await Deno.readTextFile(sshd.configPath);
  async function variant(
    name: string,
    from: RegExp,
    to: string,
  ): Promise<string[]> {
    const path = `${sshd.dir}/${name}`;
    await Deno.writeTextFile(path, config.replace(from, to));
    return ["-F", path, "--runtime", Deno.execPath()];
  }
  const wrongKey = await keyFile(sshd.dir, "wrong_key");
  const otherHost = await keyFile(sshd.dir, "other_host");
  const otherKey = await Deno.readTextFile(`${otherHost}.pub`);
  await Deno.writeTextFile(
    `${sshd.dir}/changed`,
    `[127.0.0.1]:${sshd.port} ${otherKey}`,
  );
  const dead: [string[], string][] = [
    [
      await variant("name", /^HostName .*$/m, "HostName no-such-host.invalid"),
      "no such host name",
    ],
    [await variant("refused", /^Port .*$/m, "Port 1"), "nothing listens there"],
    [
      await variant("auth", /^IdentityFile .*$/m, `IdentityFile "${wrongKey}"`),
      "the host refused the login",
    ],
    [
      await variant(
        "key",
        /^UserKnownHostsFile .*$/m,
        `UserKnownHostsFile "${sshd.dir}/changed"`,
      ),
      "the host key has changed",
    ],
    [
      ["-F", sshd.configPath, "--runtime", "/no/such/deno"],
      "it has no usable Deno runtime",
    ],
  ];
  for (const [options, why] of dead) {
    const { code, stdout, stderr } = await run([
      "call",
      ...options,
      "-H",
      "web1",
      `${FUNCTIONS}#add`,
    ]);
    assertStringIncludes(stderr, `tongs: Cannot connect to "web1": ${why}`);
    assertEquals({ why, code, stdout }, { why, code: 4, stdout: "" });
  }
  const { code, stderr } = await run([
    "exec",
    ...dead[1]![0],
    "-H",
    "local:,web1",
    "--",
    "true",
  ]);
  assertStringIncludes(stderr, "nothing listens there");
  assertEquals(code, 4);
});

test("--timeout ends a busy loop, and leaves nothing running there", async ({ run, ssh, sshd }) => {
  const { code, stderr, seconds } = await limited(
    sshd.dir,
    1,
    (seconds, begun) =>
      run([
        "call",
        ...ssh,
        "--timeout",
        `${seconds}s`,
        "-H",
        "web1",
        `${FUNCTIONS}#forever`,
        begun,
      ]),
  );
  assertStringIncludes(
    stderr,
    `Cannot wait longer for "web1": it did not finish within ${seconds} s`,
  );
  assertEquals(code, 3);
  await isQuiet(sshd);
});

test("--timeout ends a command, shows what it wrote, and leaves nothing running there", async ({ run, ssh, sshd }) => {
  const { code, stdout, stderr } = await limited(
    sshd.dir,
    2,
    (seconds, begun) =>
      run([
        "exec",
        ...ssh,
        "--timeout",
        `${seconds}s`,
        "-H",
        "web1,web2",
        "--",
        // What it writes has some of the time to arrive.
        `echo begun; sleep ${
          seconds / 4
        }; mktemp -p ${begun} >/dev/null; sleep 1000`,
      ]),
  );
  assertMatch(
    stdout,
    /^── web1, web2 \(2 hosts\) · timed out, so far ─+\nbegun\n$/,
  );
  assertStringIncludes(stderr, "2 timed out (web1, web2)");
  assertEquals(code, 3);
  await isQuiet(sshd);
});

test("--connect-timeout makes a host that does not answer unreachable", async ({ run }) => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { code, stderr } = await run([
    "call",
    "-F",
    "/dev/null",
    "--connect-timeout",
    "500ms",
    "-H",
    `127.0.0.1:${listener.addr.port}`,
    `${FUNCTIONS}#add`,
  ]);
  assertStringIncludes(stderr, "within 500 ms");
  assertEquals(code, 4);
});

for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  test(`${signal} shows what there is and who did not finish, and is exit status ${code}`, async ({ start, ssh, sshd }) => {
    const begun = await Deno.makeTempDir({ dir: sshd.dir });
    const command =
      `echo begun; test -z "$SSH_CONNECTION" || { mktemp -p ${begun}; exec sleep 1000; }`;
    // With one at a time, the first is through when the second has begun.
    await using running = start([
      "exec",
      ...ssh,
      "-f",
      "1",
      "-H",
      "local:a,web1,web2",
      "--",
      command,
    ]);
    await begins(begun, 1);
    running.signal(signal);
    const ended = await running.ended;
    assertMatch(ended.stdout, /^── a ─+\nbegun\n/);
    assertMatch(
      ended.stderr,
      /interrupted; 3 hosts: 1 ok, 2 not finished \(web1, web2\)/,
    );
    assertEquals(ended.code, code);
    await isQuiet(sshd);
  });
}

test("--output jsonl has a line for each host and the summary also after ^C", async ({ start, ssh, sshd }) => {
  const begun = await Deno.makeTempDir({ dir: sshd.dir });
  await using running = start(
    [
      "call",
      ...ssh,
      "-H",
      "web1,web2,web3",
      "-f",
      "2",
      "--output",
      "jsonl",
      `${FUNCTIONS}#forever`,
      begun,
    ],
  );
  await begins(begun, 2);
  running.signal("SIGINT");
  const { code, stdout } = await running.ended;
  const lines = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(
    lines.slice(0, -1).map(({ host, ok, error }) => [host, ok, error.kind])
      .sort(),
    ["web1", "web2", "web3"].map((host) => [host, false, "cancelled"]),
  );
  assertEquals(lines.at(-1).type, "summary");
  assertEquals(code, 130);
  await isQuiet(sshd);
});

test("^C ends a run that waits for a host which never says anything", async ({ start }) => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using running = start(
    [
      "call",
      "-F",
      "/dev/null",
      "-H",
      `127.0.0.1:${listener.addr.port}`,
      `${FUNCTIONS}#add`,
    ],
  );
  using _connection = await listener.accept();
  running.signal("SIGINT");
  const { code, stderr } = await running.ended;
  assertStringIncludes(stderr, "interrupted");
  assertEquals(code, 130);
});

test("a second ^C ends it at once", async ({ argv, env, sshd }) => {
  const begun = await Deno.makeTempDir({ dir: sshd.dir });
  const child = new Deno.Command(argv[0]!, {
    args: [
      ...argv.slice(1),
      "exec",
      "-H",
      "local:a,local:b",
      "--",
      `yes | head -c 1000000; mktemp -p ${begun}; exec sleep 1000`,
    ],
    env,
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const late = setTimeout(() => child.kill("SIGKILL"), 60_000);
  await begins(begun, 2);
  child.kill("SIGINT");
  // It shows what there is. As nobody reads the rest of that, it does not end by itself.
  const reader = child.stdout.getReader();
  await reader.read();
  child.kill("SIGINT");
  assertEquals((await child.status).code, 130);
  clearTimeout(late);
  await reader.cancel();
});

test("a host that is lost on the way is unreachable", async ({ start, ssh, sshd }) => {
  const begun = await Deno.makeTempDir({ dir: sshd.dir });
  await using running = start([
    "call",
    ...ssh,
    "-H",
    "web1",
    `${FUNCTIONS}#forever`,
    begun,
  ]);
  await begins(begun, 1);
  for (const pid of processesWithEnv("TEST_SSHD", sshd.dir)) {
    try {
      Deno.kill(pid, "SIGKILL");
    } catch {
      // It has ended with another one.
    }
  }
  const { code, stderr } = await running.ended;
  assertStringIncludes(stderr, 'The tunnel to "web1" broke');
  assertEquals(code, 4);
});

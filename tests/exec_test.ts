// Commands without an agent: what goes in arrives, what comes out is apart and whole, and ends
// are ends.

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertStringIncludes,
} from "@std/assert";
import { ConnectError, Local, type Tunnel } from "../mod.ts";
import { timeLimits } from "./support/clock.ts";
import { eventually, isAlive, processesMatching } from "./support/processes.ts";
import { findProgram, sshdMissing, startSshd } from "./support/sshd.ts";
import { project, rejection, sshTo } from "./support/tunnels.ts";

const NASTY = [
  "",
  " ",
  "a b",
  "'",
  '"',
  "''",
  "\\",
  "\\\\",
  "\\'",
  "'\\''",
  "$HOME",
  "${x}",
  "$(id)",
  "`id`",
  "!!",
  "!x",
  "*",
  "?",
  "[a]",
  "{a,b}",
  "~",
  "~root",
  "#c",
  "a#b",
  ";",
  "&",
  "&&",
  "|",
  "||",
  "<",
  ">",
  "(",
  ")",
  "\n",
  "a\nb\n",
  "\t",
  "\r",
  "%self",
  "%1",
  "^a^b",
  "=ls",
  "a=~",
  "a=b",
  "-n",
  "--",
  "-",
  "é",
  "🦕",
  "\x01\x7f",
  "\\n",
  "\\x41",
  "@",
  "$",
  "end\\",
  "2>&1",
  "a:b,c/d.e+f@g%h",
  "$'x'",
  '$"x"',
  "(x)",
  "\u00a0",
  "\ufeff",
];

function text(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

/** A test of a tunnel of each kind; no runtime can be found there. */
function testEach(
  name: string,
  fn: (tunnel: Tunnel) => Promise<void>,
  shells: string[] = ["bash"],
): void {
  Deno.test(`local, ${name}`, () =>
    fn(new Local("here", { runtime: "/no/runtime" })));
  for (const shell of shells) {
    Deno.test({
      name: `over ssh with ${shell}, ${name}`,
      ignore: sshdMissing !== undefined || findProgram(shell) === undefined,
      async fn() {
        await using sshd = await startSshd({ shell, path: "/usr/bin:/bin" });
        await Deno.mkdir(`${sshd.home}/.config/fish`, { recursive: true });
        for (const rc of [".bashrc", ".zshenv", ".config/fish/config.fish"]) {
          await Deno.writeTextFile(
            `${sshd.home}/${rc}`,
            "echo noise; echo noise >&2\n",
          );
        }
        await fn(sshTo(sshd, { runtime: "/no/runtime" }));
      },
    });
  }
}

testEach(
  "exit codes, and output and errors apart, come back",
  async (tunnel) => {
    const script = "printf out; printf err >&2; exit 3";
    const result = await tunnel.exec(["sh", "-c", script]);
    assertEquals([result.code, result.success, result.signal], [
      3,
      false,
      null,
    ]);
    assertEquals([text(result.stdout), text(result.stderr)], ["out", "err"]);
    const fine = await tunnel.exec(["echo"], { args: ["-n", "x"] });
    assertEquals([
      fine.code,
      fine.success,
      text(fine.stdout),
      text(fine.stderr),
    ], [0, true, "x", ""]);
    assertEquals(tunnel.connected, false);
  },
  ["bash", "zsh", "fish", "busybox"],
);

testEach("arguments of all kinds arrive as they are", async (tunnel) => {
  const { stdout } = await tunnel.exec([
    "sh",
    "-c",
    'printf "%s\\0" "$@"',
    "sh",
    ...NASTY,
  ]);
  assertEquals(text(stdout).split("\0"), [...NASTY, ""]);
}, ["bash", "dash", "zsh", "fish", "busybox"]);

testEach(
  "the environment and the directory are those that are given",
  async (tunnel) => {
    await using files = await project({});
    const dir = `${files.dir}/a 'b' "c" \\ $d ü\n`;
    await Deno.mkdir(dir);
    const env = { A: 'it\'s "$HOME" \\ ü\n=x', B_2: "" };
    const options = { env, cwd: dir };
    const result = await tunnel.exec([
      "sh",
      "-c",
      'pwd; printf "%s|%s|" "$A" "$B_2"; [ "${B_2+x}" ] && echo set',
    ], options);
    assertEquals(text(result.stdout), `${dir}\n${env.A}||set\n`);
    const view = tunnel.with(options);
    assertEquals(
      text(
        (await view.exec(["sh", "-c", "pwd; echo $C"], { env: { C: "c" } }))
          .stdout,
      ),
      `${dir}\nc\n`,
    );
  },
  ["bash", "fish"],
);

testEach(
  "a directory that is not there is an error that says so",
  async (tunnel) => {
    const error = await rejection(
      tunnel.exec(["true"], { cwd: "/no/such dir" }),
    );
    assertStringIncludes(error.message, "/no/such dir");
  },
);

testEach("bytes go in and come out as they are", async (tunnel) => {
  const bytes = crypto.getRandomValues(new Uint8Array(60_000));
  const { stdout } = await tunnel.exec(["cat"], { stdin: bytes });
  assertEquals(stdout, bytes);
  const stream = new Blob(["a", "b"]).stream();
  assertEquals(
    text((await tunnel.exec(["cat"], { stdin: stream })).stdout),
    "ab",
  );
  assertEquals(text((await tunnel.exec(["cat"])).stdout), "");
  // It reads nothing of it.
  const unread = await tunnel.exec(["true"], {
    stdin: new Uint8Array(4 * 1024 * 1024),
  });
  assertEquals(unread.code, 0);
});

testEach(
  "20 MiB come out, also without a line break at the end",
  async (tunnel) => {
    const { stdout, stderr } = await tunnel.exec([
      "sh",
      "-c",
      "head -c 20971520 /dev/zero; head -c 1048576 /dev/zero >&2",
    ]);
    assertEquals([stdout.length, stderr.length], [
      20 * 1024 * 1024,
      1024 * 1024,
    ]);
  },
);

testEach("a command that is not there ends with status 127", async (tunnel) => {
  const options = [{}, { stdin: new Uint8Array() }];
  for (const option of options) {
    const { code, stderr } = await tunnel.exec(["no-such-command"], option);
    assertEquals(code, 127);
    assertStringIncludes(text(stderr), "no-such-command");
    assertEquals((await tunnel.exec(["/etc/passwd"], option)).code, 126);
  }
  const error = await rejection(tunnel.exec([]));
  assertInstanceOf(error, TypeError);
});

for (const stdin of [undefined, new Uint8Array([1])]) {
  testEach(
    `a time limit ends the command there too${
      stdin ? ", with input of its own" : ""
    }`,
    async (tunnel) => {
      const mark = crypto.randomUUID();
      const script = `sleep 1000 & sleep 1000; : ${mark}`;
      using limits = timeLimits();
      const call = rejection(
        tunnel.with({ timeout: 500 }).exec(
          ["sh", "-c", script],
          stdin ? { stdin } : {},
        ),
      );
      // The command itself: the shells around it have its text on their command lines too.
      const running = () =>
        processesMatching(mark).filter(({ cmdline }) =>
          cmdline.startsWith("sh -c sleep")
        );
      await eventually(() => running().length > 0);
      const pids = processesMatching(mark).map(({ pid }) => pid);
      assertEquals(limits.pass(), [500]);
      assertEquals((await call).name, "TimeoutError");
      await eventually(() => !pids.some(isAlive));
    },
  );
}

testEach(
  "a time limit holds although something else keeps the output open",
  async (tunnel) => {
    const mark = crypto.randomUUID();
    using limits = timeLimits();
    const result = rejection(
      tunnel.with({ timeout: 300 }).exec([
        "sh",
        "-c",
        `setsid sh -c 'sleep 1000; : ${mark}' & :`,
      ]),
    );
    // In a session of its own, which nobody ends.
    const holding = () =>
      processesMatching(mark).filter(({ cmdline }) =>
        cmdline.startsWith("sh -c sleep")
      ).map(({ pid }) => pid);
    await eventually(() => holding().length > 0);
    const [session] = holding();
    try {
      assertEquals(limits.pass(), [300]);
      assertEquals((await result).name, "TimeoutError");
      assert(isAlive(session!));
    } finally {
      Deno.kill(-session!, "SIGKILL");
    }
  },
);

testEach(
  "spawn() streams both ways, and ends when it is told",
  async (tunnel) => {
    const process = tunnel.spawn(["cat"], { stdin: "piped" });
    const writer = process.stdin.getWriter();
    const reader = process.stdout.getReader();
    for (const line of ["one", "two"]) {
      await writer.write(new TextEncoder().encode(line));
      assertEquals(text((await reader.read()).value!), line);
    }
    await writer.close();
    assertEquals((await reader.read()).done, true);
    await process.stderr.cancel();
    assertEquals((await process.status).code, 0);

    const mark = crypto.randomUUID();
    {
      await using sleeper = tunnel.spawn([
        "sh",
        "-c",
        `echo up; sleep 1000; : ${mark}`,
      ]);
      const output = sleeper.stdout.getReader();
      assertEquals(text((await output.read()).value!), "up\n");
      sleeper.kill();
      assert(!(await sleeper.status).success);
      assertEquals((await output.read()).done, true);
    }
    await eventually(() => processesMatching(mark).length === 0);
  },
);

testEach(
  "the status of a command is there whether or not its output is read",
  async (tunnel) => {
    const unread = tunnel.spawn(["sh", "-c", "echo a; echo b >&2; exit 4"]);
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => resolve(undefined), 60_000);
    assertEquals((await Promise.race([unread.status, promise]))?.code, 4);
    clearTimeout(timer);
    await Promise.all([unread.stdout.cancel(), unread.stderr.cancel()]);

    const cancelled = tunnel.spawn(["sh", "-c", "exit 5"]);
    await Promise.all([cancelled.stdout.cancel(), cancelled.stderr.cancel()]);
    assertEquals((await cancelled.status).code, 5);
  },
);

testEach("many commands run at once", async (tunnel) => {
  const results = await Promise.all(
    Array.from(
      { length: 8 },
      (_, i) => tunnel.exec(["sh", "-c", `echo ${i}; exit ${i}`]),
    ),
  );
  assertEquals(
    results.map(({ code, stdout }) => [code, text(stdout)]),
    results.map((_, i) => [i, `${i}\n`]),
  );
});

testEach(
  "a command that is aborted before it begins does not run",
  async (tunnel) => {
    const reason = new Error("no");
    assert(
      await rejection(
        tunnel.exec(["true"], { signal: AbortSignal.abort(reason) }),
      ) === reason,
    );
  },
);

Deno.test({
  name: "over ssh, an exit status of 255 is that of the command",
  ignore: sshdMissing !== undefined,
  async fn() {
    await using sshd = await startSshd();
    const { code, stderr } = await sshTo(sshd).exec([
      "sh",
      "-c",
      "echo Connection refused >&2; exit 255",
    ]);
    assertEquals([code, text(stderr)], [255, "Connection refused\n"]);
    const error = await rejection(sshTo(sshd, { port: 1 }).exec(["true"]));
    assertInstanceOf(error, ConnectError);
    assertEquals(error.reason, "refused");
  },
});

Deno.test("output that nobody wants goes nowhere, and the command does not notice", async () => {
  const here = new Local();
  const result = await here.exec(
    ["sh", "-c", "head -c 1000000 /dev/zero && echo done >&2"],
    { stdout: "null" },
  );
  assertEquals(result.code, 0);
  assertEquals(result.stdout.length, 0);
  assertEquals(new TextDecoder().decode(result.stderr), "done\n");
});

// Tunnels over a real ssh: login shells, noise, what goes wrong on the way, options.

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { stage0 } from "../agent/stage0.ts";
import { ConnectError, Local, SSH, type SSHOptions } from "../mod.ts";
import { echo, variable } from "./testdata/functions.ts";
import {
  difference,
  eventually,
  processesMatching,
  snapshot,
} from "./support/processes.ts";
import {
  findProgram,
  type Sshd,
  sshdMissing,
  type SshdOptions,
  startSshd,
} from "./support/sshd.ts";
import { project, recorder, rejection, sshTo } from "./support/tunnels.ts";

function testSsh(
  name: string,
  fn: (sshd: Sshd) => Promise<void>,
  options: SshdOptions = {},
): void {
  const missing = sshdMissing !== undefined ||
    (options.shell !== undefined && findProgram(options.shell) === undefined);
  Deno.test({
    name,
    ignore: missing,
    async fn() {
      await using sshd = await startSshd(options);
      await fn(sshd);
    },
  });
}

/** Where each shell looks at its start when sshd runs it. */
const RC: Record<string, string> = {
  bash: ".bashrc",
  dash: ".profile",
  zsh: ".zshenv",
  fish: ".config/fish/config.fish",
  busybox: ".profile",
};

for (const [shell, rc] of Object.entries(RC)) {
  testSsh(
    `the login shell may be ${shell}, and its start may be noisy`,
    async (sshd) => {
      for (const dir of [".config/fish", ".local/share"]) {
        await Deno.mkdir(`${sshd.home}/${dir}`, { recursive: true });
      }
      await Deno.writeTextFile(
        `${sshd.home}/${rc}`,
        "echo noise of the shell; echo more noise >&2\n",
      );
      const before = await snapshot([sshd.home]);
      const log = recorder();
      await using tunnel = sshTo(sshd, log);
      assertEquals(await tunnel.call(echo, "ü '\"\\"), "ü '\"\\");
      assertEquals(await tunnel.call(variable, "HOME"), sshd.home);
      assertEquals(
        log.texts("output").filter((text) => text === "noise of the shell")
          .length,
        rc === ".profile" ? 0 : 1,
      );
      await tunnel.close();
      const left = difference(before, await snapshot([sshd.home]));
      // What fish writes at its first start is its own.
      assertEquals(left.filter((path) => !path.includes("/fish")), []);
    },
    { shell },
  );
}

Deno.test({
  name: "a banner before the connection goes to the log",
  ignore: sshdMissing !== undefined,
  async fn() {
    await using files = await project({ banner: "Authorized users only\n" });
    await using sshd = await startSshd({
      extraConfig: [`Banner ${files.dir}/banner`],
    });
    const log = recorder();
    await using tunnel = sshTo(sshd, log);
    await tunnel.connect();
    await log.wait("Authorized users only");
  },
});

testSsh(
  "the runtime is found on PATH, and what user code sees is as it was",
  async (sshd) => {
    await using tunnel = sshTo(sshd, { runtime: "auto" });
    assertEquals((await tunnel.info()).deno, Deno.version.deno);
    assertEquals(await tunnel.call(variable, "DENO_DIR"), undefined);
    assertEquals(await tunnel.call(Deno.cwd), sshd.home);
  },
  { path: `${Deno.execPath().replace(/\/[^/]*$/, "")}:/usr/bin:/bin` },
);

testSsh(
  "a host without a runtime is a ConnectError that says what was looked for",
  async (sshd) => {
    await using tunnel = sshTo(sshd, { runtime: "auto" });
    const error = await rejection(tunnel.call(echo, 1));
    assertInstanceOf(error, ConnectError);
    assertEquals([error.reason, error.code], ["no-runtime", 97]);
    for (const place of ["$TONGS_RUNTIME", "PATH", "~/.deno/bin/deno"]) {
      assertStringIncludes(error.message, place);
    }
    await using named = sshTo(sshd, { runtime: "/no/such/deno" });
    assertStringIncludes(
      (await rejection(named.connect())).message,
      '"/no/such/deno"',
    );
  },
  { path: "/usr/bin:/bin" },
);

testSsh("why a host cannot be reached is in the error", async (sshd) => {
  const own = sshd.configPath;
  const config = await Deno.readTextFile(own);
  const write = async (name: string, text: string) => {
    await Deno.writeTextFile(`${sshd.dir}/${name}`, text);
    return `${sshd.dir}/${name}`;
  };
  const hosts = await Deno.readTextFile(sshd.knownHostsPath);
  // The user's key is a host key like any other.
  const other = await Deno.readTextFile(`${sshd.identityPath}.pub`);
  const cases: [string, SSHOptions & { host?: string }][] = [
    ["auth", {
      config: await write(
        "wrong_key",
        config.replaceAll("client_key", "host_key"),
      ),
    }],
    ["auth", { user: "nobody-at-all" }],
    ["refused", { port: 1 }],
    ["dns", {
      host: "no-such-host.invalid",
      config: await write("plain", "BatchMode yes\n"),
    }],
    ["host-key", {
      config: await write(
        "changed",
        config.replaceAll("known_hosts", "changed_hosts"),
      ),
    }],
    ["host-key", {
      config: await write(
        "unknown",
        config.replaceAll("known_hosts", "no_hosts"),
      ),
    }],
  ];
  await write("changed_hosts", `${hosts.split(" ")[0]} ${other}`);
  for (const [reason, { host = "host", ...options }] of cases) {
    await using tunnel = new SSH(host, { config: own, ...options });
    const error = await rejection(tunnel.call(echo, 1));
    assertInstanceOf(error, ConnectError);
    assertEquals(
      [error.reason, error.code, error.host],
      [reason, 255, host],
      error.message,
    );
    assertStringIncludes(error.message, error.stderr.split("\n").at(-1)!);
    const exec = await rejection(tunnel.exec(["true"]));
    assertEquals([exec.name, exec.reason], ["ConnectError", reason]);
  }
  assertEquals(await Deno.readTextFile(sshd.knownHostsPath), hosts);
});

testSsh(
  "a host that does not answer is given up after connectTimeout",
  async (sshd) => {
    const silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    try {
      await using tunnel = sshTo(sshd, {
        port: silent.addr.port,
        connectTimeout: 1000,
      });
      const error = await rejection(tunnel.connect());
      assertEquals([error.name, error.reason], ["ConnectError", "timeout"]);
    } finally {
      silent.close();
    }
  },
);

Deno.test("what is no destination is refused before anything runs", () => {
  for (
    const host of [
      "",
      "-oProxyCommand=touch /tmp/x",
      "-v",
      "u@-v",
      "-u@h",
      "a b",
      "h:",
      "h:0",
      "h:65536",
      "h:x",
      "@h",
      "u@",
      "u@[-v]",
    ]
  ) {
    assertThrows(() => new SSH(host), TypeError, "Cannot ", host);
  }
  for (
    const options of [{ user: "-l" }, { user: "a b" }, { user: "" }, {
      port: 0,
    }, { port: 1.5 }]
  ) {
    assertThrows(() => new SSH("host", options), TypeError);
  }
  assertEquals(new SSH("u@h:22").host, "u@h:22");
  assertEquals(new SSH("h", { name: "n" }).host, "n");
});

testSsh(
  "user, port, identity, host keys and arguments are those that are given",
  async (sshd) => {
    const { user, host, port, identityPath, configPath } = sshd;
    const plain = {
      config: "none",
      args: ["-o", "BatchMode=yes", "-o", "IdentityAgent=none"],
      runtime: Deno.execPath(),
    };
    for (
      const tunnel of [
        new SSH(`${user}@${host}:${port}`, {
          ...plain,
          identity: identityPath,
          hostKeys: "ignore",
        }),
        new SSH(host, {
          ...plain,
          user,
          port,
          identity: identityPath,
          hostKeys: "ignore",
          name: "named",
        }),
        new SSH(`[${host}]:${port}`, {
          ...plain,
          user,
          hostKeys: "ignore",
          args: [...plain.args, "-i", identityPath],
        }),
        new SSH("anything", {
          config: configPath,
          hostKeys: "strict",
          runtime: Deno.execPath(),
        }),
      ]
    ) {
      await using same = tunnel;
      assertEquals(await same.call(variable, "USER"), user);
    }
  },
);

testSsh("ps shows whose agent it is", async (sshd) => {
  await using tunnel = sshTo(sshd, { name: "web 1" });
  const { pid } = await tunnel.info();
  const whose = new RegExp(
    `tongs: web 1 \\(\\S+@${Deno.hostname()}:${Deno.pid}\\)`,
  );
  const shown = () =>
    processesMatching("tongs: web 1").filter(({ cmdline }) =>
      whose.test(cmdline)
    );
  assert(shown().some((process) => process.pid === pid));
  // Supervisor and realm, and the name stands first before long.
  await eventually(() =>
    shown().some(({ cmdline }) => cmdline.startsWith("tongs: web 1"))
  );
});

testSsh(
  "connections that share one are closed without waiting for it",
  async (sshd) => {
    const control = [
      "-o",
      "ControlMaster=auto",
      "-o",
      `ControlPath=${sshd.dir}/control`,
      "-o",
      "ControlPersist=60",
    ];
    for (let i = 0; i < 2; i++) {
      await using tunnel = sshTo(sshd, { args: control });
      assertEquals(await tunnel.call(echo, i), i);
      assertEquals((await tunnel.exec(["echo", "hi"])).code, 0);
      await tunnel.close();
      // What they share is still there: nobody has waited for its end.
      assert((await Deno.lstat(`${sshd.dir}/control`)).isSocket);
    }
    const exit = await new Deno.Command("ssh", {
      args: ["-F", sshd.configPath, ...control, "-O", "exit", "host"],
      stderr: "null",
    }).output();
    assertEquals(exit.code, 0);
  },
);

Deno.test("stage 0 is short and passes through any shell", () => {
  for (const runtime of [undefined, "/usr/bin/deno"]) {
    const [shell, flag, script] = stage0("title", [], runtime);
    assertEquals([shell, flag], ["sh", "-c"]);
    assert(script!.length < 600, `${script!.length}`);
    assertMatch(script!, /^[^'\\\n]*$/);
  }
});

Deno.test("the runtime is found at each place where stage 0 looks, and not where it cannot run", async () => {
  const home = await Deno.makeTempDir();
  const agent = `#!/bin/sh\nexec ${Deno.execPath()} "$@"\n`;
  try {
    for (const place of [".deno/bin/deno", ".cache/tongs/deno", "own"]) {
      await Deno.mkdir(`${home}/${place}`.replace(/\/[^/]*$/, ""), {
        recursive: true,
      });
      await Deno.writeTextFile(`${home}/${place}`, agent, { mode: 0o644 });
      const [program, ...args] = stage0("title", [
        "eval",
        "console.log(Deno.env.get('DENO_DIR'), ...Deno.args)",
        "a b",
      ]);
      const run = () =>
        new Deno.Command(findProgram(program!)!, {
          args,
          clearEnv: true,
          env: {
            PATH: "/usr/bin:/bin",
            HOME: home,
            ...(place === "own" ? { TONGS_RUNTIME: `${home}/own` } : {}),
          },
        }).output();
      assertEquals((await run()).code, 97);
      await Deno.chmod(`${home}/${place}`, 0o755);
      assertEquals(
        new TextDecoder().decode((await run()).stdout),
        "/dev/null a b\n",
      );
      await Deno.remove(`${home}/${place}`);
    }
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

testSsh(
  "a tunnel finds its way again after its host was away",
  async (sshd) => {
    await using tunnel = sshTo(sshd, { onLog: () => {} });
    const { pid } = await tunnel.info();
    Deno.kill(pid, "SIGKILL");
    await eventually(() => !tunnel.connected);
    assertEquals(await tunnel.call(echo, 1), 1);
    await using beside = new Local();
    assertEquals(
      await Promise.all([beside.call(echo, 2), tunnel.call(echo, 3)]),
      [2, 3],
    );
  },
);

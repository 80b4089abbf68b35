// Facts agree with what the machine's own tools and files say, and a fact that cannot be known is
// left out rather than guessed.

import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertFalse,
} from "@std/assert";
import {
  arch,
  cpus,
  type Disk,
  disks,
  hostname,
  ipAddresses,
  kernel,
  load,
  memory,
  os,
  runtime,
  summary,
  uptime,
  users,
} from "../facts.ts";

const module = new URL("../facts.ts", import.meta.url).href;
const isLinux = Deno.build.os === "linux";
const ignore = !isLinux;

/** Runs a command and returns what it prints, without the last newline. */
async function print(
  command: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args,
    env: { ...env, NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  assert(success, `${command} ${args.join(" ")}: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout).trimEnd();
}

/** Calls a fact in a process of its own; its value comes back as JSON. */
async function call(
  expression: string,
  { permissions = ["--allow-all"], path = Deno.env.get("PATH")! } = {},
  // deno-lint-ignore no-explicit-any
): Promise<any> {
  const directory = await Deno.makeTempDir();
  try {
    const file = `${directory}/main.ts`;
    await Deno.writeTextFile(
      file,
      `import * as facts from ${JSON.stringify(module)};
      console.log(JSON.stringify(await facts.${expression}));`,
    );
    const args = ["run", "--no-prompt", "--no-config", "--quiet"];
    return JSON.parse(
      await print(Deno.execPath(), [...args, ...permissions, file], {
        PATH: path,
      }),
    );
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** A directory with one script, to be the first one of a `PATH`. */
async function fake(name: string, script: string): Promise<
  AsyncDisposable & { directory: string; path: string }
> {
  const directory = await Deno.makeTempDir();
  await Deno.writeTextFile(`${directory}/${name}`, `#!/bin/sh\n${script}\n`);
  await Deno.chmod(`${directory}/${name}`, 0o755);
  return {
    directory,
    path: `${directory}:${Deno.env.get("PATH")}`,
    async [Symbol.asyncDispose](): Promise<void> {
      await Deno.remove(directory, { recursive: true });
    },
  };
}

async function readNumbers(path: string): Promise<number[]> {
  return (await Deno.readTextFile(path)).split(" ").map(Number);
}

Deno.test({
  name: "hostname() is what uname prints",
  ignore,
  async fn() {
    assertEquals(hostname(), await print("uname", ["-n"]));
  },
});

Deno.test({
  name: "kernel() and arch() are what uname prints",
  ignore,
  async fn() {
    assertEquals(kernel(), await print("uname", ["-r"]));
    assertEquals(arch(), await print("uname", ["-m"]));
  },
});

Deno.test({
  name: "ipAddresses() lists the addresses the kernel holds, but no loopback",
  ignore,
  async fn() {
    const found = ipAddresses();
    const v4 = (await Deno.readTextFile("/proc/net/fib_trie"))
      .matchAll(/\|-- (\S+)\n +\/32 host LOCAL/g);
    const expected = new Set(Array.from(v4, ([, address]) => address!));
    assertEquals(
      new Set(found.flatMap((ip) => ip.family === "IPv4" ? ip.address : [])),
      new Set([...expected].filter((address) => !address.startsWith("127."))),
    );
    let v6 = "";
    try {
      v6 = await Deno.readTextFile("/proc/net/if_inet6");
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    const rows = v6.split("\n").filter((row) => row !== "")
      .map((row) => row.split(/ +/));
    assertEquals(
      new Set(
        found.filter(({ family }) => family === "IPv6").map((ip) =>
          `${ip.name} ${new URL(`http://[${ip.address}]`).hostname}`
        ),
      ),
      new Set(
        rows.filter(([hex]) => hex !== "1".padStart(32, "0")).map((row) => {
          const address = row[0]!.match(/.{4}/g)!.join(":");
          return `${row.at(-1)} ${new URL(`http://[${address}]`).hostname}`;
        }),
      ),
    );
  },
});

Deno.test({
  name: "os() reads os-release as a shell does",
  ignore,
  async fn() {
    const text = await print("sh", [
      "-c",
      '. /etc/os-release; printf "%s\\n" "$ID" "$NAME" "$VERSION_ID" "$PRETTY_NAME" .',
    ]);
    const [id, name, version, pretty] = text.split("\n")
      .map((value) => value === "" ? undefined : value);
    assertEquals(os(), { id: id!, name, version, pretty });
  },
});

Deno.test({
  name: "cpus() counts the processors this process may use",
  ignore,
  async fn() {
    const all = Number(await print("nproc", ["--all"]));
    const { count } = cpus();
    assert(Number.isInteger(count) && 1 <= count && count <= all, `${count}`);
    const allowed = (await Deno.readTextFile("/proc/self/status"))
      .match(/^Cpus_allowed_list:\s*(\d+)/m)![1]!;
    const code = `console.log((await import("${module}")).cpus().count)`;
    const args = ["-c", allowed, Deno.execPath(), "eval", "--no-config", code];
    assertEquals(await print("taskset", args), "1");
  },
});

Deno.test({
  name: "cpus() names the model as lscpu does",
  ignore: ignore || Deno.build.arch !== "x86_64",
  async fn() {
    const text = await print("lscpu", [], { LC_ALL: "C" });
    assertEquals(cpus().model, text.match(/^Model name: +(.*)$/m)?.[1]);
  },
});

Deno.test({
  name: "load() gives the averages of /proc/loadavg",
  ignore,
  async fn() {
    const before = await readNumbers("/proc/loadavg");
    const now = load()!;
    const after = await readNumbers("/proc/loadavg");
    for (const [i, average] of [now.one, now.five, now.fifteen].entries()) {
      const bounds = [before[i]!, after[i]!];
      assert(average >= Math.min(...bounds) - 0.011, `${average} ${bounds}`);
      assert(average <= Math.max(...bounds) + 0.011, `${average} ${bounds}`);
    }
  },
});

Deno.test({
  name: "memory() gives the bytes of /proc/meminfo",
  ignore,
  async fn() {
    const found = memory();
    const text = await Deno.readTextFile("/proc/meminfo");
    const bytes = Object.fromEntries(Array.from(
      text.matchAll(/^(\w+): +(\d+) kB$/gm),
      ([, key, value]) => [key!, Number(value) * 1024],
    ));
    assertEquals(found.total, bytes.MemTotal);
    assertEquals(found.swapTotal, bytes.SwapTotal);
    // Other processes take and give back memory between the two readings.
    const slack = bytes.MemTotal! / 4;
    assertAlmostEquals(found.available!, bytes.MemAvailable!, slack);
    assertEquals(found.used, found.total - found.available!);
    const swapUsed = bytes.SwapTotal! - bytes.SwapFree!;
    assertAlmostEquals(found.swapUsed, swapUsed, slack);
  },
});

Deno.test({
  name: "uptime() gives the seconds of /proc/uptime",
  ignore,
  async fn() {
    const [before] = await readNumbers("/proc/uptime");
    const now = uptime();
    const [after] = await readNumbers("/proc/uptime");
    assert(before! - 1 <= now && now <= after! + 1, `${before} ${now}`);
  },
});

Deno.test({
  name: "disks() gives the size and type that stat gives for the root",
  ignore,
  async fn() {
    const root = (await disks()).find(({ mount }) => mount === "/")!;
    const [type, blocks, size] =
      (await print("stat", ["-f", "-c", "%T %b %S", "/"])).split(" ");
    assertAlmostEquals(root.total!, Number(blocks) * Number(size), 1024);
    // The magic number of ext4 is also that of ext2 and ext3.
    if (type !== "ext2/ext3") assertEquals(root.type, type!);
    assert(root.used! + root.available! <= root.total!);
  },
});

Deno.test({
  name: "disks() lists each device once, and no pseudo file system",
  ignore,
  async fn() {
    const found = await disks();
    const devices = found.map(({ device }) => device);
    assertEquals(devices, [...new Set(devices)]);
    const others = found.filter(({ mount }) => mount !== "/");
    const pseudo = ["proc", "sysfs", "tmpfs", "devtmpfs", "devpts", "cgroup2"];
    assertFalse(others.some(({ type }) => pseudo.includes(type!)));
  },
});

Deno.test({
  name: "disks() leaves out the sizes when df hangs, and does not wait for it",
  ignore,
  async fn() {
    // The sleep holds the output open even when its parent has been killed.
    await using df = await fake(
      "df",
      'sleep 60 & echo $! >>"$0.pids"; trap "" TERM; wait',
    );
    try {
      const start = performance.now();
      const found: Disk[] = await call("disks({ timeout: 1000 })", df);
      assert(performance.now() - start < 30_000);
      const root = found.find(({ mount }) => mount === "/")!;
      assert(root.device.length > 0);
      assertEquals(root.total, undefined);
    } finally {
      const pids = await Deno.readTextFile(`${df.directory}/df.pids`);
      for (const pid of pids.trim().split("\n")) Deno.kill(Number(pid));
    }
  },
});

Deno.test({
  name: "disks() does not keep a process alive until its timeout",
  ignore,
  async fn() {
    const start = performance.now();
    await call("disks({ timeout: 60_000 })");
    assert(performance.now() - start < 30_000);
  },
});

const mayMount = isLinux && new Deno.Command("sh", {
  args: ["-c", "unshare -rm mount -t tmpfs none /tmp"],
  stdout: "null",
  stderr: "null",
}).outputSync().success;

Deno.test({
  name: "disks() keeps the other sizes when one file server hangs",
  ignore: !mayMount,
  async fn() {
    await using df = await fake(
      "df",
      `case "$*" in
        *"/dead server"*) exec sleep 60 ;;
        *) PATH=\${PATH#*:} exec df "$@" ;;
      esac`,
    );
    const mounts = `${df.directory}/mounts`;
    await Deno.mkdir(mounts);
    const code = `import { disks } from "${module}";
      console.log(JSON.stringify(await disks({ timeout: 2000 })));`;
    const text = await print("unshare", [
      "-rm",
      "sh",
      "-c",
      `set -e
      mount -t tmpfs none "$1"
      cd "$1"
      mkdir "dead server" live hidden
      mount -t tmpfs dead:/export "dead server"
      mount -t tmpfs -o size=64k live:/export live
      mkdir live/again
      mount --bind live live/again
      mount -t tmpfs //old/share hidden
      mount -t tmpfs //new/share hidden
      PATH=$2 exec "$3" eval --no-config "$4"`,
      "sh",
      mounts,
      df.path,
      Deno.execPath(),
      code,
    ]);
    const found: Disk[] = JSON.parse(text);
    const devices = new Map(found.map((disk) => [disk.device, disk]));
    assertEquals(devices.get("dead:/export"), {
      device: "dead:/export",
      mount: `${mounts}/dead server`,
      type: "tmpfs",
    });
    assertEquals(devices.get("live:/export"), {
      device: "live:/export",
      mount: `${mounts}/live`,
      type: "tmpfs",
      total: 65536,
      used: 0,
      available: 65536,
    });
    assertFalse(devices.has("//old/share"));
    assertEquals(devices.get("//new/share")?.used, 0);
    assert(found.find(({ mount }) => mount === "/")!.total! > 0);
  },
});

Deno.test({
  name: "disks() believes df alone where there is no table of mounts",
  ignore,
  async fn() {
    await using df = await fake(
      "df",
      `cat <<'END'
Filesystem     1024-blocks      Used Available Capacity  Mounted on
/dev/disk3s1s1   971350180  10389228 507462744     3%    /
devfs                  201       201         0   100%    /dev
/dev/disk3s5     971350180 444066532 507462744    47%    /Volumes/My Data
map auto_home            0         0         0   100%    /System/Volumes/Data/home
//ann@nas/share     100000     25000     75000    25%    /Volumes/share
END`,
    );
    // Only with all permissions may a program read /proc.
    const permissions = ["--allow-run", "--allow-read"];
    const found: Disk[] = await call("disks()", { ...df, permissions });
    assertEquals(
      found.map(({ mount }) => mount),
      ["/", "/Volumes/My Data", "/Volumes/share"],
    );
    assertEquals(found[2], {
      device: "//ann@nas/share",
      mount: "/Volumes/share",
      total: 102400000,
      used: 25600000,
      available: 76800000,
    });
    assertEquals(
      (await call("summary()", { ...df, permissions })).disks,
      ["/ 3%", "/Volumes/My Data 47%", "/Volumes/share 25%"],
    );
  },
});

Deno.test({
  name: "users() understands the who of GNU, systemd, BusyBox and macOS",
  ignore,
  async fn() {
    await using who = await fake(
      "who",
      `cat <<'END'
alice    pts/0        Nov 21 09:37 (192.0.2.7)
bob      pts/1        Nov 21 09:38 (tmux(12).%0)
averylongusername tty1         Nov  1 09:38
carol    :1           2025-11-21 09:40 (:1)
dave     sshd pts/2   2025-11-21 09:41 (2001:db8::10:20)
USER            TTY             IDLE    TIME             HOST
erin            pts/3           00:01   Nov 21 09:37:01  192.0.2.8
frank           tty2            old     Nov 21 09:37:01  
grace            console      Nov 20 08:01 
END`,
    );
    assertEquals(await call("users()", who), [
      { name: "alice", terminal: "pts/0", from: "192.0.2.7" },
      { name: "bob", terminal: "pts/1", from: "tmux(12).%0" },
      { name: "averylongusername", terminal: "tty1" },
      { name: "carol", terminal: ":1", from: ":1" },
      { name: "dave", terminal: "pts/2", from: "2001:db8::10:20" },
      { name: "erin", terminal: "pts/3", from: "192.0.2.8" },
      { name: "frank", terminal: "tty2" },
      { name: "grace", terminal: "console" },
    ]);
  },
});

Deno.test("runtime() gives the versions deno prints", async () => {
  const text = await print(Deno.execPath(), ["--version"]);
  const { deno, v8, typescript } = runtime();
  assertEquals(text.match(/^deno (\S+)/)?.[1], deno);
  assert(text.includes(`v8 ${v8}\ntypescript ${typescript}`), text);
});

Deno.test("summary() repeats what the single facts say", async () => {
  const found = await summary();
  assertEquals(found.hostname, hostname());
  assertEquals(found.kernel, kernel());
  assertEquals(found.cpus, cpus().count);
  assertEquals(found.memoryTotal, memory().total);
  assertEquals(found.addresses, ipAddresses().map(({ address }) => address));
  assertEquals(
    found.disks!.map((disk) => disk.replace(/ \d+%$/, "")),
    (await disks()).map(({ mount }) => mount),
  );
  assertEquals(found.deno, Deno.version.deno);
});

Deno.test("all facts are plain data", async () => {
  const facts = [
    ipAddresses(),
    os(),
    cpus(),
    load(),
    memory(),
    await disks(),
    await users(),
    runtime(),
    await summary(),
  ];
  assertEquals(structuredClone(facts), facts);
  for (const fact of facts.flat()) {
    assertEquals(Object.getPrototypeOf(fact), Object.prototype);
  }
});

Deno.test("summary() answers with what it can without any permission", async () => {
  const found = await call("summary()", { permissions: [] });
  assertEquals(found, {
    os: Deno.build.os,
    arch: Deno.build.arch,
    cpus: cpus().count,
    ...runtime(),
  });
});

Deno.test("summary() asks only for the permissions of each fact", async () => {
  const permissions = ["--allow-sys=hostname,osUptime"];
  const found = await call("summary()", { permissions });
  assertEquals(found.hostname, hostname());
  assert(found.uptime > 0);
  assertFalse("memoryTotal" in found);
  assertFalse("disks" in found);
});

Deno.test({
  name: "summary() answers where there is neither df nor who",
  ignore,
  async fn() {
    const found = await call("summary()", { path: "/nonexistent" });
    assertEquals(found.users, []);
    assert(found.disks.includes("/"), found.disks);
  },
});

Deno.test("facts.ts imports nothing", async () => {
  const text = await print(Deno.execPath(), ["info", "--json", module]);
  const { modules } = JSON.parse(text);
  assertEquals(modules.length, 1);
  assertEquals(modules[0].dependencies ?? [], []);
});

// Facts agree with what the machine's own tools and files say, and a fact that cannot be known is
// left out rather than guessed.

import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertFalse,
  assertMatch,
} from "@std/assert";
import {
  arch,
  cpus,
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
import { call, FACTS, ignore, print } from "./support/facts.ts";
import { eventually } from "./support/processes.ts";

async function readNumbers(path: string): Promise<number[]> {
  return (await Deno.readTextFile(path)).split(" ").map(Number);
}

/**
 * Checks what others may change between two looks at it, tests that run at the same time among them,
 * until they have not.
 */
async function atRest(check: () => unknown): Promise<void> {
  let failure: unknown;
  await eventually(async () => {
    try {
      await check();
      return true;
    } catch (error) {
      failure = error;
      return false;
    }
  }).catch(() => {
    throw failure;
  });
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
  fn: () =>
    atRest(() => {
      const found = ipAddresses();
      const v4 = Deno.readTextFileSync("/proc/net/fib_trie")
        .matchAll(/\|-- (\S+)\n +\/32 host LOCAL/g);
      const expected = new Set(Array.from(v4, ([, address]) => address!));
      assertEquals(
        new Set(found.flatMap((ip) => ip.family === "IPv4" ? ip.address : [])),
        new Set([...expected].filter((address) => !address.startsWith("127."))),
      );
      let v6 = "";
      try {
        v6 = Deno.readTextFileSync("/proc/net/if_inet6");
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
    }),
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
    const code = `console.log((await import("${FACTS}")).cpus().count)`;
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
  fn: () =>
    atRest(() => {
      const { one, five, fifteen } = load()!;
      const text = Deno.readTextFileSync("/proc/loadavg");
      const averages = text.split(" ").slice(0, 3).map(Number);
      for (const [i, average] of [one, five, fifteen].entries()) {
        assertAlmostEquals(average, averages[i]!, 0.011);
      }
    }),
});

Deno.test({
  name: "memory() gives the bytes of /proc/meminfo",
  ignore,
  fn: () =>
    atRest(() => {
      const found = memory();
      const text = Deno.readTextFileSync("/proc/meminfo");
      const bytes = Object.fromEntries(Array.from(
        text.matchAll(/^(\w+): +(\d+) kB$/gm),
        ([, key, value]) => [key!, Number(value) * 1024],
      ));
      assertEquals(found.total, bytes.MemTotal);
      assertEquals(found.swapTotal, bytes.SwapTotal);
      // Other processes take and give back memory all the time.
      const slack = 16 * 2 ** 20;
      assertAlmostEquals(found.available!, bytes.MemAvailable!, slack);
      assertEquals(found.used, found.total - found.available!);
      const swapUsed = bytes.SwapTotal! - bytes.SwapFree!;
      assertAlmostEquals(found.swapUsed, swapUsed, slack);
    }),
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
  assertEquals(found.deno, Deno.version.deno);
  await atRest(async () => {
    const { addresses, disks: shares } = await summary();
    assertEquals(addresses, ipAddresses().map(({ address }) => address));
    assertEquals(
      shares!.map((disk) => disk.replace(/ \d+%$/, "")),
      (await disks()).map(({ mount }) => mount),
    );
  });
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

Deno.test("facts import nothing but each other", async () => {
  const text = await print(Deno.execPath(), ["info", "--json", FACTS]);
  const { modules } = JSON.parse(text);
  assert(modules.length > 1);
  for (const { specifier } of modules) {
    assertMatch(
      specifier.slice(new URL(".", FACTS).href.length),
      /^facts[./]/,
    );
  }
});

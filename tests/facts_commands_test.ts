// Facts that commands tell: of disks and of users, whatever `df` and `who` are like, and though they
// hang.

import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertFalse,
} from "@std/assert";
import { type Disk, disks } from "../facts.ts";
import { call, FACTS, fake, ignore, isLinux, print } from "./support/facts.ts";

Deno.test({
  name: "disks() gives the size and type that stat gives for the root",
  ignore,
  async fn() {
    const found = await disks({ timeout: 60_000 });
    const root = found.find(({ mount }) => mount === "/")!;
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
      'sleep 1000 & trap "" TERM; echo $! >>"$0.pids"; wait',
    );
    const late = `${df.directory}/df.pids`;
    try {
      const found: Disk[] = await call("disks()", { ...df, late });
      const root = found.find(({ mount }) => mount === "/")!;
      assert(root.device.length > 0);
      assertEquals(root.total, undefined);
    } finally {
      const pids = await Deno.readTextFile(late);
      for (const pid of pids.trim().split("\n")) Deno.kill(Number(pid));
    }
  },
});

Deno.test({
  name: "disks() does not keep a process alive until its timeout",
  ignore,
  async fn() {
    await call("disks({ timeout: 600_000 })");
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
        *"/dead server"*) exec sleep 1000 ;;
        *) PATH=\${PATH#*:} exec df "$@" ;;
      esac`,
    );
    const mounts = `${df.directory}/mounts`;
    await Deno.mkdir(mounts);
    const code = `import { disks } from "${FACTS}";
      console.log(JSON.stringify(await disks({ timeout: 10_000 })));`;
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

/**
 * Facts about the machine that runs this module: names, addresses, processors,
 * memory, disks and users.
 *
 * The module imports nothing, so it is quick to ship and to load. A fact that
 * the machine does not tell is `undefined` or an empty list, never a guess.
 * All values are structured-cloneable.
 *
 * @module
 */

/** An address from {@linkcode ipAddresses}. */
export interface IpAddress {
  /** Name of the network interface, such as `eth0`. */
  name: string;
  /** Version of the protocol. */
  family: "IPv4" | "IPv6";
  /** The address, without prefix length or scope. */
  address: string;
}

/** The operating system from {@linkcode os}. */
export interface OsInfo {
  /** Short name for programs, such as `debian` or `darwin`. */
  id: string;
  /** Name without version, such as `Debian GNU/Linux`. */
  name?: string | undefined;
  /** Version without name, such as `12`; rolling systems have none. */
  version?: string | undefined;
  /** Name and version for people, such as `Debian GNU/Linux 12 (bookworm)`. */
  pretty?: string | undefined;
}

/** The processors from {@linkcode cpus}. */
export interface CpuInfo {
  /** Model of the first processor; many ARM machines do not tell it. */
  model?: string | undefined;
  /** Logical processors this process may use, within affinity and quota. */
  count: number;
}

/** The load averages from {@linkcode load}. */
export interface LoadAverages {
  /** Average over 1 minute. */
  one: number;
  /** Average over 5 minutes. */
  five: number;
  /** Average over 15 minutes. */
  fifteen: number;
}

/** The memory from {@linkcode memory}, in bytes. */
export interface MemoryInfo {
  /** Memory the system has. */
  total: number;
  /** Memory that programs can still get without swapping. */
  available?: number | undefined;
  /** Memory in use: `total` less `available`. */
  used?: number | undefined;
  /** Swap space the system has. */
  swapTotal: number;
  /** Swap space in use. */
  swapUsed: number;
}

/** Options for {@linkcode disks}. */
export interface DisksOptions {
  /**
   * How long to wait for the sizes, in milliseconds.
   *
   * @default {3000}
   */
  timeout?: number;
}

/** A mounted file system from {@linkcode disks}, with sizes in bytes. */
export interface Disk {
  /** What is mounted, such as `/dev/sda1` or `nas:/export`. */
  device: string;
  /** Where it is mounted. */
  mount: string;
  /** Type of the file system, such as `ext4`. */
  type?: string | undefined;
  /** Size of the file system. */
  total?: number | undefined;
  /** Space in use. */
  used?: number | undefined;
  /** Space that ordinary users can still fill. */
  available?: number | undefined;
}

/** A login session from {@linkcode users}. */
export interface User {
  /** Name of the account. */
  name: string;
  /** Terminal of the session, such as `pts/0`. */
  terminal: string;
  /** Where the user came from: an address, a host name or a display. */
  from?: string | undefined;
}

/** The versions from {@linkcode runtime}. */
export interface RuntimeVersions {
  /** Version of Deno. */
  deno: string;
  /** Version of V8. */
  v8: string;
  /** Version of TypeScript. */
  typescript: string;
}

/** The facts from {@linkcode summary}; one that is not known is left out. */
export interface Summary extends RuntimeVersions {
  /** See {@linkcode hostname}. */
  hostname?: string;
  /** The best known of `pretty`, `name` and `id`; see {@linkcode os}. */
  os: string;
  /** See {@linkcode kernel}. */
  kernel?: string;
  /** See {@linkcode arch}. */
  arch: string;
  /** Number of logical processors; see {@linkcode cpus}. */
  cpus: number;
  /** Model of the processors; see {@linkcode cpus}. */
  cpuModel?: string;
  /** Load average over 1 minute; see {@linkcode load}. */
  load1?: number;
  /** Load average over 5 minutes. */
  load5?: number;
  /** Load average over 15 minutes. */
  load15?: number;
  /** In bytes; see {@linkcode memory}. */
  memoryTotal?: number;
  /** In bytes. */
  memoryUsed?: number;
  /** In bytes. */
  memoryAvailable?: number;
  /** In bytes. */
  swapTotal?: number;
  /** In bytes. */
  swapUsed?: number;
  /** Mount points with the share in use, such as `/ 22%`; see {@linkcode disks}. */
  disks?: string[];
  /** Addresses without their interfaces; see {@linkcode ipAddresses}. */
  addresses?: string[];
  /** Names of the logged-in users, each once; see {@linkcode users}. */
  users?: string[];
  /** In seconds; see {@linkcode uptime}. */
  uptime?: number;
}

/** Returns the text of a file, or nothing where it is absent or forbidden. */
function read(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return undefined;
  }
}

/** Returns what a command prints: nothing if it is not there or too slow. */
async function run(
  command: string,
  args: string[],
  timeout: number,
): Promise<string> {
  const signal = AbortSignal.timeout(timeout);
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(command, {
      args,
      env: { LC_ALL: "C" },
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
  function abandon(): void {
    // A child that is stuck in the kernel survives even SIGKILL, so it must
    // neither be awaited nor keep this process alive.
    resolve("");
    try {
      child.unref();
      child.kill("SIGKILL");
    } catch {
      // It has ended, but something it started still holds its output.
    }
  }
  signal.addEventListener("abort", abandon);
  try {
    child.output().then(
      ({ stdout }) => resolve(new TextDecoder().decode(stdout)),
      reject,
    );
    return await promise;
  } finally {
    // A listener would keep the timer, and with it the process, alive.
    signal.removeEventListener("abort", abandon);
  }
}

/**
 * Returns the name of the machine.
 *
 * @returns The host name.
 * @throws {Deno.errors.NotCapable} If `--allow-sys` is not given.
 *
 * @example Usage
 * ```ts
 * import { hostname } from "@tongs/tongs/facts";
 * import { assert } from "@std/assert";
 *
 * assert(hostname().length > 0);
 * ```
 */
export function hostname(): string {
  return Deno.hostname();
}

/**
 * Returns the IP addresses of the machine, without the loopback ones.
 *
 * @returns One entry for each address of each interface.
 * @throws {Deno.errors.NotCapable} If `--allow-sys` is not given.
 *
 * @example Usage
 * ```ts
 * import { ipAddresses } from "@tongs/tongs/facts";
 * import { assert } from "@std/assert";
 *
 * assert(ipAddresses().every(({ address }) => address !== "127.0.0.1"));
 * ```
 */
export function ipAddresses(): IpAddress[] {
  return Deno.networkInterfaces()
    .filter(({ address }) => !/^(?:127\.|::1$)/.test(address))
    .map(({ name, family, address }) => ({ name, family, address }));
}

/**
 * Returns the name and version of the operating system.
 *
 * @returns The system; only its `id` where nothing more can be read.
 *
 * @example Usage
 * ```ts
 * import { os } from "@tongs/tongs/facts";
 * import { assert } from "@std/assert";
 *
 * assert(os().id.length > 0);
 * ```
 */
export function os(): OsInfo {
  if (Deno.build.os === "darwin") {
    const plist = read("/System/Library/CoreServices/SystemVersion.plist") ??
      "";
    const [name, version] = ["ProductName", "ProductVersion"].map((key) =>
      plist.match(`<key>${key}</key>\\s*<string>([^<]*)`)?.[1]
    );
    const pretty = name && version && `${name} ${version}`;
    return { id: "darwin", name, version, pretty };
  }
  const text = read("/etc/os-release") ?? read("/usr/lib/os-release") ?? "";
  const values = new Map<string, string>();
  for (const [, key, , value] of text.matchAll(/^(\w+)=(["']?)(.+)\2 *$/gm)) {
    values.set(key!, value!.replace(/\\(.)/g, "$1"));
  }
  return {
    id: values.get("ID") ?? Deno.build.os,
    name: values.get("NAME"),
    version: values.get("VERSION_ID"),
    pretty: values.get("PRETTY_NAME"),
  };
}

/**
 * Returns the release of the kernel.
 *
 * @returns The release, as `uname -r` prints it.
 * @throws {Deno.errors.NotCapable} If `--allow-sys` is not given.
 *
 * @example Usage
 * ```ts
 * import { kernel } from "@tongs/tongs/facts";
 * import { assertMatch } from "@std/assert";
 *
 * assertMatch(kernel(), /^\d+\./);
 * ```
 */
export function kernel(): string {
  return Deno.osRelease();
}

/**
 * Returns the processor architecture that Deno was built for.
 *
 * @returns The architecture, such as `x86_64` or `aarch64`.
 *
 * @example Usage
 * ```ts
 * import { arch } from "@tongs/tongs/facts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(arch(), Deno.build.arch);
 * ```
 */
export function arch(): string {
  return Deno.build.arch;
}

/**
 * Returns the model and number of the processors.
 *
 * @returns The processors; the model is known on Linux only.
 *
 * @example Usage
 * ```ts
 * import { cpus } from "@tongs/tongs/facts";
 * import { assert } from "@std/assert";
 *
 * assert(cpus().count > 0);
 * ```
 */
export function cpus(): CpuInfo {
  const model = read("/proc/cpuinfo")
    ?.match(/^(?:model name|cpu model|cpu|uarch)[ \t]*:[ \t]*(\S.*)$/im)?.[1];
  return { model, count: navigator.hardwareConcurrency };
}

/**
 * Returns the load averages over the last 1, 5 and 15 minutes.
 *
 * @returns The averages, or `undefined` on Windows, which has none.
 * @throws {Deno.errors.NotCapable} If `--allow-sys` is not given.
 *
 * @example Usage
 * ```ts
 * import { load } from "@tongs/tongs/facts";
 * import { assert } from "@std/assert";
 *
 * assert(load()!.fifteen >= 0);
 * ```
 */
export function load(): LoadAverages | undefined {
  if (Deno.build.os === "windows") return undefined;
  const [one, five, fifteen] = Deno.loadavg()
    .map((average) => Math.round(average * 100) / 100);
  return { one: one!, five: five!, fifteen: fifteen! };
}

/**
 * Returns how much memory and swap space there is and is in use.
 *
 * @returns The memory of the whole system, in bytes.
 * @throws {Deno.errors.NotCapable} If `--allow-sys` is not given.
 *
 * @example Usage
 * ```ts
 * import { memory } from "@tongs/tongs/facts";
 * import { assert } from "@std/assert";
 *
 * assert(memory().total > 0);
 * ```
 */
export function memory(): MemoryInfo {
  const { total, swapTotal, swapFree, ...info } = Deno.systemMemoryInfo();
  // Systems that do not tell what is available report zero.
  const available = info.available || undefined;
  const used = available && total - available;
  return { total, available, used, swapTotal, swapUsed: swapTotal - swapFree };
}

/** Returns whether a mount is worth the name of a disk. */
function isDisk({ device, mount, type = "" }: Disk): boolean {
  // Automounts must not be touched; images of packages are full by design.
  if (type === "autofs" || type === "squashfs") return false;
  return mount === "/" || /[/:]/.test(device) ||
    ["zfs", "9p", "virtiofs"].includes(type);
}

/** Returns the mounted file systems that `df` reports, for these mounts. */
async function df(mounts: string[], timeout: number): Promise<Disk[]> {
  const text = await run("df", ["-kP", ...mounts], timeout);
  const rows = text.matchAll(
    /^(\S.*?) +(\d+) +(\d+) +(-?\d+) +(?:\d+%|-) +(\/.*)$/gm,
  );
  return Array.from(rows, ([, device, total, used, available, mount]) => ({
    device: device!,
    mount: mount!,
    total: Number(total) * 1024,
    used: Number(used) * 1024,
    available: Number(available) * 1024,
  }));
}

/**
 * Returns the mounted file systems, each device once, without pseudo ones.
 *
 * A file server that does not answer in time costs the sizes of its own
 * mounts, not those of the others.
 *
 * @param options The options.
 * @returns The file systems; their types are known on Linux only.
 * @throws {Deno.errors.NotCapable} If `--allow-run=df` is not given.
 *
 * @example Usage
 * ```ts
 * import { disks } from "@tongs/tongs/facts";
 * import { assert } from "@std/assert";
 *
 * assert((await disks()).some(({ mount }) => mount === "/"));
 * ```
 */
export async function disks(options: DisksOptions = {}): Promise<Disk[]> {
  const { timeout = 3000 } = options;
  const table = read("/proc/self/mounts");
  const mounts: Disk[] = table === undefined
    ? await df([], timeout)
    : Array.from(table.matchAll(/^(\S+) (\S+) (\S+) /gm), (fields) => {
      const [device, mount, type] = fields.slice(1).map((field) =>
        field.replace(
          /\\([0-7]{3})/g,
          (_, code) => String.fromCharCode(parseInt(code, 8)),
        )
      );
      return { device: device!, mount: mount!, type: type! };
    });
  // The last mount on a directory hides those before it.
  const visible = new Map(mounts.map((disk) => [disk.mount, disk]));
  const devices = new Map<string, Disk>();
  for (const disk of visible.values()) {
    if (!isDisk(disk)) continue;
    const other = devices.get(disk.device);
    if (other === undefined || disk.mount.length < other.mount.length) {
      devices.set(disk.device, disk);
    }
  }
  const found = [...devices.values()];
  if (table === undefined) return found;
  // One child for each server, because a dead one blocks its whole child.
  const servers = Map.groupBy(
    found,
    ({ device }) => device.match(/^(?:\/\/[^/]+|[^/][^:]*:)/)?.[0] ?? "",
  );
  const sized = await Promise.all(
    Array.from(
      servers.values(),
      (group) => df(group.map(({ mount }) => mount), timeout),
    ),
  );
  const sizes = new Map(sized.flat().map((disk) => [disk.mount, disk]));
  return found.map((disk) => ({
    ...disk,
    ...sizes.get(disk.mount),
    device: disk.device,
  }));
}

/**
 * Returns how long the system has been up.
 *
 * @returns The time since the start, in seconds.
 * @throws {Deno.errors.NotCapable} If `--allow-sys` is not given.
 *
 * @example Usage
 * ```ts
 * import { uptime } from "@tongs/tongs/facts";
 * import { assert } from "@std/assert";
 *
 * assert(uptime() > 0);
 * ```
 */
export function uptime(): number {
  return Deno.osUptime();
}

/**
 * Returns who is logged in, as `who` tells it.
 *
 * @returns One entry for each session; none where there is no `who`.
 * @throws {Deno.errors.NotCapable} If `--allow-run=who` is not given.
 *
 * @example Usage
 * ```ts
 * import { users } from "@tongs/tongs/facts";
 * import { assert } from "@std/assert";
 *
 * assert((await users()).every(({ name }) => name.length > 0));
 * ```
 */
export async function users(): Promise<User[]> {
  const text = await run("who", [], 3000);
  const rows = text.matchAll(
    /^(\S+) +(.+?) +(?:\d{4}-\d\d-\d\d|[A-Z][a-z]+ +\d+) [\d:]{5,8}(.*)$/gm,
  );
  return Array.from(rows, ([, name, middle, end]) => ({
    name: name!,
    // systemd puts a service before the terminal, BusyBox the idle time after.
    terminal: middle!.replace(/ {2}.*/, "").replace(/.* /, ""),
    from: end!.trim().replace(/^\((.*)\)$/, "$1") || undefined,
  }));
}

/**
 * Returns the versions of Deno and of its parts.
 *
 * @returns The versions.
 *
 * @example Usage
 * ```ts
 * import { runtime } from "@tongs/tongs/facts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(runtime().deno, Deno.version.deno);
 * ```
 */
export function runtime(): RuntimeVersions {
  const { deno, v8, typescript } = Deno.version;
  return { deno, v8, typescript };
}

/** Returns a fact, or nothing if it fails: it must not hide the others. */
async function attempt<T>(fact: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await fact();
  } catch {
    return undefined;
  }
}

/** Returns a mount point with the share in use, counted as `df` does. */
function share({ mount, used, available }: Disk): string {
  if (used === undefined || available === undefined) return mount;
  return `${mount} ${Math.ceil(100 * used / (used + available) || 0)}%`;
}

/**
 * Returns all facts in one record that suits a row of a table.
 *
 * @returns The facts, without those that are not known or not permitted.
 *
 * @example Usage
 * ```ts
 * import { summary } from "@tongs/tongs/facts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals((await summary()).deno, Deno.version.deno);
 * ```
 */
export async function summary(): Promise<Summary> {
  const [name, release, loads, ram, mounts, addresses, sessions, up] =
    await Promise.all([
      attempt(hostname),
      attempt(kernel),
      attempt(load),
      attempt(memory),
      attempt(disks),
      attempt(ipAddresses),
      attempt(users),
      attempt(uptime),
    ]);
  const { id, name: system, pretty } = os();
  const { model, count } = cpus();
  const facts: { [K in keyof Summary]-?: Summary[K] | undefined } = {
    hostname: name,
    os: pretty ?? system ?? id,
    kernel: release,
    arch: arch(),
    cpus: count,
    cpuModel: model,
    load1: loads?.one,
    load5: loads?.five,
    load15: loads?.fifteen,
    memoryTotal: ram?.total,
    memoryUsed: ram?.used,
    memoryAvailable: ram?.available,
    swapTotal: ram?.swapTotal,
    swapUsed: ram?.swapUsed,
    disks: mounts?.map(share),
    addresses: addresses?.map(({ address }) => address),
    users: sessions && [...new Set(sessions.map((session) => session.name))],
    uptime: up,
    ...runtime(),
  };
  return Object.fromEntries(
    Object.entries(facts).filter(([, fact]) => fact !== undefined),
  ) as Partial<Summary> as Summary;
}

// The file systems of a machine, and how full they are.

import { readText } from "./read_text.ts";
import { runCommand } from "./run_command.ts";

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
  const table = readText("/proc/self/mounts");
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

/** Returns whether a mount is worth the name of a disk. */
function isDisk({ device, mount, type = "" }: Disk): boolean {
  // Automounts must not be touched; images of packages are full by design.
  if (type === "autofs" || type === "squashfs") return false;
  return mount === "/" || /[/:]/.test(device) ||
    ["zfs", "9p", "virtiofs"].includes(type);
}

/** Returns the mounted file systems that `df` reports, for these mounts. */
async function df(mounts: string[], timeout: number): Promise<Disk[]> {
  const text = await runCommand("df", ["-kP", ...mounts], timeout);
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

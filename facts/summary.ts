// All facts in one record.

import { type Disk, disks } from "./disks.ts";
import { memory } from "./memory.ts";
import { hostname, ipAddresses } from "./names.ts";
import { cpus, load } from "./processors.ts";
import {
  arch,
  kernel,
  os,
  runtime,
  type RuntimeVersions,
  uptime,
} from "./system.ts";
import { users } from "./users.ts";

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

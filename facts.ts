/**
 * Facts about the machine that runs this module: names, addresses, processors,
 * memory, disks and users.
 *
 * Facts import nothing but each other, so that they are quick to ship and to
 * load. A fact that the machine does not tell is `undefined` or an empty list,
 * never a guess. All values are structured-cloneable.
 *
 * @module
 */

export { type Disk, disks, type DisksOptions } from "./facts/disks.ts";
export { memory, type MemoryInfo } from "./facts/memory.ts";
export { hostname, type IpAddress, ipAddresses } from "./facts/names.ts";
export {
  type CpuInfo,
  cpus,
  load,
  type LoadAverages,
} from "./facts/processors.ts";
export { type Summary, summary } from "./facts/summary.ts";
export {
  arch,
  kernel,
  os,
  type OsInfo,
  runtime,
  type RuntimeVersions,
  uptime,
} from "./facts/system.ts";
export { type User, users } from "./facts/users.ts";

// What a machine runs, and for how long it has been up.

import { readText } from "./read_text.ts";

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

/** The versions from {@linkcode runtime}. */
export interface RuntimeVersions {
  /** Version of Deno. */
  deno: string;
  /** Version of V8. */
  v8: string;
  /** Version of TypeScript. */
  typescript: string;
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
    const plist =
      readText("/System/Library/CoreServices/SystemVersion.plist") ??
        "";
    const [name, version] = ["ProductName", "ProductVersion"].map((key) =>
      plist.match(`<key>${key}</key>\\s*<string>([^<]*)`)?.[1]
    );
    const pretty = name && version && `${name} ${version}`;
    return { id: "darwin", name, version, pretty };
  }
  const text = readText("/etc/os-release") ?? readText("/usr/lib/os-release") ??
    "";
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

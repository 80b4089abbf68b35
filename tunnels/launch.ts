// What the controller sends before the first frame: the command line of the agent, and what goes
// down its standard input at once, without waiting for an answer.

import { AGENT, BOOT } from "../agent/bundle.gen.ts";
import { realmGlobals } from "../agent/realm_globals.ts";
import { AGENT_ARGUMENT, stage0 } from "../agent/stage0.ts";
import type { AgentConfig } from "../agent/types.ts";
import type { CarrierOptions } from "./carrier.ts";
import { DepthLimitError } from "./errors.ts";

const BOOT_URL = `data:text/javascript;base64,${
  new TextEncoder().encode(BOOT).toBase64()
}`;

const RUN = [
  "run",
  "--no-config",
  "--no-lock",
  "--no-prompt",
  "--no-remote",
  "--quiet",
];

/** What {@linkcode launch} needs to know. */
export interface LaunchOptions extends CarrierOptions {
  /** The name of the place. */
  host: string;
  /** The runtime, if it is not to be looked for. */
  runtime?: string;
  /** What user code may do. */
  permissions?: Deno.PermissionOptions;
  /** How long a realm may take to answer a cancellation, in milliseconds. */
  grace: number;
  /** After how much silence to ask for a sign of life, in milliseconds. */
  keepAlive: number;
  /** How deep tunnels may nest. */
  depthLimit?: number;
}

/** How deep tunnels may nest where nothing else is said. */
const DEPTH_LIMIT = 2;

/** How to start an agent. */
export interface Launch {
  /** The command to run in the place. */
  argv: string[];
  /** What to send it first. */
  preamble: Uint8Array;
  /** What it says first. */
  magic: string;
}

/** Says how to start an agent. */
export function launch(options: LaunchOptions): Launch {
  const { host, runtime, env = {}, cwd, grace, keepAlive } = options;
  const { path, depthLimit } = nest(host, options.depthLimit);
  const magic = `tongs-${crypto.getRandomValues(new Uint8Array(12)).toHex()}`;
  const title = `tongs: ${host} (${controllerName()})`;
  // A program made by `deno compile` is a runtime too, but not one with Deno's command line.
  const isSelf = Deno.build.standalone && runtime === Deno.execPath();
  if (
    isSelf && options.permissions !== undefined &&
    options.permissions !== "inherit"
  ) {
    throw new TypeError(
      `Cannot limit the permissions on "${host}": its runtime is this compiled program; ` +
        `name a Deno with the option \`runtime\``,
    );
  }
  const runtimeArgs = (flags: string[], main: string) =>
    isSelf ? [AGENT_ARGUMENT] : [...RUN, ...flags, main];
  const { flags, revoked } = permissionFlags(options.permissions);
  const config: AgentConfig = {
    magic,
    title,
    path,
    depthLimit,
    realmArgs: [...runtimeArgs(flags, ""), "realm", title, ...revoked],
    env,
    cwd: cwd ?? null,
    grace,
    keepAlive,
  };
  return {
    argv: stage0(
      title,
      [...runtimeArgs(["-A"], BOOT_URL), "supervisor", title],
      runtime,
    ),
    preamble: blocks(new TextEncoder().encode(JSON.stringify(config)), agent()),
    magic,
  };
}

/**
 * The hosts up to a new one, and how deep those after it may be.
 *
 * @throws {DepthLimitError} If it would be too deep itself.
 */
function nest(
  host: string,
  limit = DEPTH_LIMIT,
): { path: string[]; depthLimit: number } {
  const realm = realmGlobals();
  const path = [...realm?.remote.path ?? [], host];
  // Code on the far side may lower the limit that its controller set, and not raise it.
  const depthLimit = Math.min(limit, realm?.depthLimit ?? Infinity);
  if (path.length > depthLimit) throw new DepthLimitError(path, depthLimit);
  return { path, depthLimit };
}

let decoded: Uint8Array | undefined;

function agent(): Uint8Array {
  return decoded ??= Uint8Array.fromBase64(AGENT);
}

/** Who controls, for `ps` on the far side. */
function controllerName(): string {
  let user = "";
  try {
    user = Deno.env.get("USER") ?? Deno.env.get("LOGNAME") ?? "";
  } catch {
    // Not permitted to know.
  }
  let host = "";
  try {
    host = Deno.hostname();
  } catch {
    // Likewise.
  }
  return `${user || "user"}@${host || "controller"}:${Deno.pid}`;
}

/** The protocol's own pipes, which the realm opens first and gives up at once. */
const OWN = { read: "/dev/fd/4", write: "/dev/fd/3" } as Record<string, string>;

/** The flags of a realm, and what it gives up once its own needs are met. */
function permissionFlags(
  permissions: Deno.PermissionOptions | undefined,
): { flags: string[]; revoked: string[] } {
  if (permissions === undefined || permissions === "inherit") {
    return { flags: ["-A"], revoked: [] };
  }
  const granted: Record<string, unknown> = permissions === "none"
    ? {}
    : { ...permissions };
  const revoked: string[] = [];
  if (!granted.ffi) {
    granted.ffi = true; // To close what its children must not inherit.
    revoked.push("ffi");
  }
  const names = new Set([...Object.keys(granted), ...Object.keys(OWN)]);
  const flags = [...names].flatMap((name) => {
    const value = granted[name];
    if (value === "inherit" || value === true) return [`--allow-${name}`];
    const items = [value, OWN[name]].flat().filter((item) => item).map(String);
    const bad = items.find((item) => item.includes(","));
    if (bad !== undefined) {
      throw new TypeError(`Cannot allow "${bad}" for ${name}: it has a comma`);
    }
    return items.length === 0 ? [] : [`--allow-${name}=${items.join(",")}`];
  });
  return { flags, revoked };
}

function blocks(...contents: Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(
    contents.reduce((sum, content) => sum + 4 + content.length, 0),
  );
  let offset = 0;
  for (const content of contents) {
    new DataView(bytes.buffer).setUint32(offset, content.length);
    bytes.set(content, offset + 4);
    offset += 4 + content.length;
  }
  return bytes;
}

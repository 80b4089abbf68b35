// `tongs ping`: connects to hosts, and says what is there.

import { userInfo } from "node:os";
import type { AgentInfo } from "../tunnels/agent_info.ts";
import type { Tunnel } from "../tunnels/tunnel.ts";
import { formatMs } from "./duration.ts";
import { toJson } from "./json.ts";
import type { Options } from "./options.ts";
import { type HostContext, run } from "./run.ts";
import { UsageError } from "./usage_error.ts";

/** How many calls the round trip is measured with at most. The first ones are slower. */
const CALLS = 30;

/** How long to measure, in milliseconds, but for one call. */
const MEASURE = 250;

interface PingValue extends AgentInfo {
  user: string;
  /** How long connecting took. */
  connectMs: number;
  /** How long the fastest call took. */
  roundTripMs: number;
}

/**
 * Pings the hosts.
 *
 * @returns The exit status.
 * @throws {UsageError} If the options make no sense.
 */
export async function ping(options: Options): Promise<number> {
  const operand = options.operands[0] ?? options.rest?.[0];
  if (operand !== undefined) {
    throw new UsageError(
      `Cannot understand "${operand}"`,
      `name hosts with -H, as in tongs ping -H ${operand}`,
    );
  }
  return await run({ ...options, output: options.output ?? "table" }, {
    run: pingHost,
    text: (value) =>
      Object.entries(asRecord(value as PingValue))
        .map(([name, text]) => `${name} ${text}`).join(", "),
    record: (value) => asRecord(value as PingValue),
    json: toJson,
    note: () => "",
  });
}

async function pingHost(
  tunnel: Tunnel,
  { signal }: HostContext,
): Promise<PingValue> {
  const place = tunnel.with({ signal });
  const start = performance.now();
  const info = await place.info();
  const connectMs = performance.now() - start;
  const { username } = await place.call(userInfo);
  let roundTripMs = Infinity;
  const end = performance.now() + MEASURE;
  for (let i = 0; i === 0 || i < CALLS && performance.now() < end; i++) {
    const start = performance.now();
    await place.call(Deno.hostname);
    roundTripMs = Math.min(roundTripMs, performance.now() - start);
  }
  return {
    ...info,
    user: String(username),
    connectMs: round(connectMs),
    roundTripMs: round(roundTripMs),
  };
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

function asRecord(
  { deno, os, arch, user, connectMs, roundTripMs }: PingValue,
): Record<string, string> {
  return {
    runtime: `deno ${deno}`,
    platform: `${os} ${arch}`,
    user,
    connect: formatMs(connectMs),
    "round trip": formatMs(roundTripMs),
  };
}

// How a run ends: what became of each host, and the exit status of it all.

import {
  ConnectError,
  RealmTerminatedError,
  RemoteError,
  TunnelClosedError,
} from "../tunnels/errors.ts";
import { SyncError } from "../tunnels/sync_error.ts";
import { TransferError } from "../tunnels/transfer_error.ts";
import { ProtocolError, SerializationError } from "../wire/errors.ts";
import { UsageError } from "./usage_error.ts";

/** The exit statuses, apart from those of signals. The worst of all hosts wins. */
export const EXIT = { ok: 0, failed: 1, usage: 2, timeout: 3, unreachable: 4 };

/** What became of a host. */
export type Status = "ok" | "failed" | "timeout" | "unreachable";

/** What an error is, for programs that read about it. */
export type ErrorKind =
  | "remote"
  | "connect"
  | "timeout"
  | "closed"
  | "realm"
  | "file"
  | "serialization"
  | "protocol"
  | "cancelled"
  | "usage"
  | "error";

/** How an operation on a host ended. */
export interface Outcome {
  /** The host. */
  host: string;
  /** What became of it. */
  status: Status;
  /** How long it took, in milliseconds. */
  ms: number;
  /** What came back; also of a command that ran and failed. */
  value?: unknown;
  /** Why nothing came back. */
  error?: unknown;
}

const KINDS: [new (...args: never[]) => Error, ErrorKind][] = [
  [RemoteError, "remote"],
  [ConnectError, "connect"],
  [TunnelClosedError, "closed"],
  [RealmTerminatedError, "realm"],
  [TransferError, "file"],
  [SyncError, "file"],
  [SerializationError, "serialization"],
  [ProtocolError, "protocol"],
  [UsageError, "usage"],
];

/** What an error is. */
export function errorKind(error: unknown): ErrorKind {
  for (const [Class, kind] of KINDS) if (error instanceof Class) return kind;
  if (error instanceof DOMException) {
    if (error.name === "TimeoutError") return "timeout";
    if (error.name === "AbortError") return "cancelled";
  }
  return "error";
}

/** What an error makes of its host. */
export function statusOf(error: unknown): Status {
  const kind = errorKind(error);
  if (kind === "connect" || kind === "closed") return "unreachable";
  return kind === "timeout" ? "timeout" : "failed";
}

/** The exit status for all hosts. */
export function exitStatus(outcomes: readonly Outcome[]): number {
  return Math.max(EXIT.ok, ...outcomes.map(({ status }) => EXIT[status]));
}

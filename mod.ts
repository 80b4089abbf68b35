/**
 * tongs runs TypeScript functions on other machines: through the user's own `ssh`, with nothing
 * installed on the far side and nothing left behind.
 *
 * ```ts
 * import { Local } from "tongs";
 * import { hostname } from "tongs/facts";
 * import { assertEquals } from "@std/assert";
 *
 * await using here = new Local();
 * assertEquals(await here.call(hostname), Deno.hostname());
 * ```
 *
 * @module
 */

import "./agent/own_runtime.ts"; // First, before anything else runs.
export { type Remote, remote, type RemoteLog } from "./agent/remote.ts";
export {
  asCompleted,
  type AsCompletedOptions,
  type Completed,
  type CompletedValue,
} from "./group/as_completed.ts";
export { foldHosts } from "./group/fold_hosts.ts";
export { Group } from "./group/group.ts";
export type {
  CallGroup,
  GroupOptions,
  GroupParseOptions,
} from "./group/group_options.ts";
export { ChannelGroup } from "./group/channel_group.ts";
export { LiveGroup } from "./group/live_group.ts";
export { mergeStreams } from "./group/merge.ts";
export { GroupCall, type GroupCallOptions } from "./group/group_call.ts";
export { GroupError, GroupResult } from "./group/group_result.ts";
export { expandHosts, type ExpandOptions } from "./group/host_pattern.ts";
export { ModuleAccessError } from "./modules/errors.ts";
export { exported } from "./functions/reference.ts";
export type { AnyFunction } from "./functions/types.ts";
export { AsyncResult, NotCompletedError } from "./queue/async_result.ts";
export { SkippedError } from "./queue/lane.ts";
export { Queue, type QueueOptions } from "./queue/queue.ts";
export {
  QueueError,
  type QueueFailure,
  QueueResult,
} from "./queue/queue_result.ts";
export type { RunOptions } from "./queue/runner.ts";
export {
  type CarriedProcess,
  type Carrier,
  type CarrierOptions,
  commandCarrier,
} from "./tunnels/carrier.ts";
export type { RemoteProcess, SpawnOptions } from "./tunnels/command.ts";
export type { ExecOptions, ExecResult } from "./tunnels/exec.ts";
export {
  ConnectError,
  type ConnectErrorOptions,
  type ConnectErrorReason,
  DepthLimitError,
  RealmTerminatedError,
  RemoteError,
  TunnelClosedError,
} from "./tunnels/errors.ts";
export type {
  FetchOptions,
  FileProgress,
  FileSource,
  FileTarget,
  PutOptions,
  TransferResult,
} from "./tunnels/file_options.ts";
export {
  TransferError,
  type TransferErrorOptions,
} from "./tunnels/transfer_error.ts";
export type { FileErrorReason } from "./files/file_error.ts";
export type {
  FilterOptions,
  HostOperation,
  HostOutcomes,
  HostSet,
  Outcome,
  Predicate,
} from "./tunnels/host_set.ts";
export { Local } from "./tunnels/local.ts";
export {
  type LogRecord,
  type LogSink,
  logToStderr,
  sanitize,
} from "./tunnels/log.ts";
export type { OperationOptions } from "./tunnels/operation.ts";
import "./tunnels/parse.ts"; // It provides `Tunnel.parse`.
export type { Sendable, Streamable } from "./tunnels/sendable.ts";
export { SharedSource } from "./tunnels/shared_source.ts";
export { FileOperations } from "./tunnels/file_operations.ts";
export { SetOfOne } from "./tunnels/set_of_one.ts";
export { SSH, type SSHOptions } from "./tunnels/ssh.ts";
export { SharedTree } from "./tunnels/shared_tree.ts";
export { SyncError, type SyncErrorOptions } from "./tunnels/sync_error.ts";
export type {
  SyncChange,
  SyncFailure,
  SyncOptions,
  SyncProgress,
  SyncResult,
} from "./tunnels/sync_options.ts";
export { TreeOperations } from "./tunnels/tree_operations.ts";
export type { TunnelOptions } from "./tunnels/options.ts";
export type { AgentInfo } from "./tunnels/agent_info.ts";
export { Tunnel } from "./tunnels/tunnel.ts";
export {
  type CallbackOptions,
  Channel,
  type ChannelEnds,
  type ReceiveOptions,
} from "./wire/channel.ts";
export type { MaybePromise, Sink, Source } from "./wire/items.ts";
export {
  ChannelClosedError,
  ProtocolError,
  SerializationError,
  TongsError,
} from "./wire/errors.ts";

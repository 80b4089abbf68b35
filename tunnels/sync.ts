// `sync` and `syncFrom`, from this side.

import { hold } from "../files/janitor.ts";
import { treeRoot } from "../files/paths.ts";
import type { SyncCounts } from "../files/sync_messages.ts";
import { receiveTree } from "../files/sync_receive.ts";
import { Records } from "../files/sync_records.ts";
import { sendTree } from "../files/sync_send.ts";
import { LocalTree, type TreeSource } from "../files/sync_source.ts";
import type { SyncRequest } from "../wire/messages.ts";
import { excluding } from "./exclude.ts";
import { localPath } from "./given_path.ts";
import { type OperationOptions, signalOf } from "./operation.ts";
import type { Place } from "./place.ts";
import { SharedTree, treeOf } from "./shared_tree.ts";
import { SyncError } from "./sync_error.ts";
import type { SyncOptions, SyncResult } from "./sync_options.ts";
import { readSyncDone, readSyncSent } from "./received_files.ts";
import { SyncReport } from "./sync_report.ts";
import type { Transfer } from "./transfer.ts";
import { explained } from "./transfer_error.ts";

/** What {@linkcode sync} and {@linkcode syncFrom} need to know. */
export interface SyncParameters extends SyncOptions {
  /** What the tunnel's operations carry. */
  operation: OperationOptions;
}

/**
 * Makes a copy of a local tree there.
 *
 * @param place Where to.
 * @param dir The tree.
 * @param remotePath Where it goes.
 * @param parameters How.
 */
export async function sync(
  place: Place,
  dir: string | URL | SharedTree,
  remotePath: string,
  parameters: SyncParameters,
): Promise<SyncResult> {
  const { host } = place;
  const named = dir instanceof SharedTree ? dir.root : String(dir);
  const what = `Cannot sync "${named}" to "${remotePath}" on "${host}"`;
  const { exclude } = dir instanceof SharedTree ? dir : parameters;
  const request = requestOf("sync", remotePath, parameters, exclude);
  const signal = signalOf(parameters.operation, parameters.signal);
  const connection = place.connection();
  const names = { what, host, here: named, there: remotePath };
  const report = new SyncReport(host, parameters);
  return await explained(names, async () => {
    const tree = treeFrom(dir, request.exclude);
    using transfer = connection.transfer(request, signal);
    await sendTree(new Records(transfer), tree, {
      dryRun: request.dryRun,
      onProgress: (progress) => report.progress(progress),
      onEvents: (events) => report.events(events),
    });
    const { path, counts } = readSyncDone(await transfer.answer);
    const paths = { localPath: tree.root, remotePath: path };
    return finish(what, host, report, { ...paths, ...counts });
  });
}

/**
 * Makes a copy of a tree there on this side.
 *
 * @param place Where from.
 * @param remotePath The tree.
 * @param dir Where it goes.
 * @param parameters How.
 */
export async function syncFrom(
  place: Place,
  remotePath: string,
  dir: string | URL,
  parameters: SyncParameters,
): Promise<SyncResult> {
  const { host } = place;
  const what = `Cannot sync "${remotePath}" on "${host}" to "${dir}"`;
  const { exclude } = parameters;
  const request = requestOf("syncFrom", remotePath, parameters, exclude);
  const signal = signalOf(parameters.operation, parameters.signal);
  const connection = place.connection();
  const names = { what, host, here: String(dir), there: remotePath };
  const report = new SyncReport(host, parameters);
  return await explained(names, async () => {
    const root = treeRoot(localPath(dir));
    const thrown = new AbortController();
    const signals = signal === undefined ? [] : [signal];
    using transfer = connection.transfer(
      request,
      AbortSignal.any([...signals, thrown.signal]),
    );
    // One that nobody uses, so that what holds the others stays until the end.
    const release = await hold(`${root}/.tongs-${crypto.randomUUID()}`);
    try {
      const counts = await receive(transfer, root, request, report, thrown);
      await transfer.end(null);
      const remotePath = readSyncSent(await transfer.answer);
      const paths = { localPath: root, remotePath };
      return finish(what, host, report, { ...paths, ...counts });
    } finally {
      await release();
    }
  });
}

async function receive(
  transfer: Transfer,
  root: string,
  { delete: remove, dryRun, exclude }: SyncRequest,
  report: SyncReport,
  thrown: AbortController,
): Promise<SyncCounts> {
  // What a callback throws must not be taken for a failure of a file.
  const guarded = <T extends unknown[]>(run: (...args: T) => void) => {
    return (...args: T) => {
      try {
        run(...args);
      } catch (error) {
        thrown.abort(error);
      }
    };
  };
  const counts = await receiveTree(new Records(transfer), root, {
    delete: remove,
    dryRun,
    exclude,
    hold,
    onEvent: guarded((...event) => report.event(...event)),
    onProgress: guarded((progress) => report.progress(progress)),
  });
  thrown.signal.throwIfAborted();
  return counts;
}

/** A tree on this side. */
function treeFrom(
  dir: string | URL | SharedTree,
  exclude: RegExp | undefined,
): TreeSource {
  return dir instanceof SharedTree
    ? treeOf(dir)
    : new LocalTree(localPath(dir), exclude);
}

function requestOf(
  op: SyncRequest["op"],
  path: string,
  { delete: remove = false, dryRun = false, onChange, operation: { cwd } }:
    SyncParameters,
  exclude: readonly string[] = [],
): SyncRequest {
  return {
    op,
    path,
    delete: remove,
    dryRun,
    exclude: excluding(exclude),
    events: onChange !== undefined,
    ...(cwd === undefined ? {} : { cwd }),
  };
}

function finish(
  what: string,
  host: string,
  report: SyncReport,
  done: Omit<SyncResult, "skipped">,
): SyncResult {
  report.end();
  const { failures, count, skipped } = report;
  const result = { ...done, skipped };
  if (count > 0) throw new SyncError(what, { host, failures, count, result });
  return result;
}

// `sync` and `syncFrom`, from this side.

import { asFileError } from "../files/file_error.ts";
import { hold } from "../files/janitor.ts";
import { treeRoot } from "../files/paths.ts";
import type { SyncCounts } from "../files/sync_messages.ts";
import { receiveTree } from "../files/sync_receive.ts";
import { Records } from "../files/sync_records.ts";
import { sendTree } from "../files/sync_send.ts";
import { LocalTree, type TreeSource } from "../files/sync_source.ts";
import { MAX_FRAME_SIZE } from "../wire/limits.ts";
import type { SyncRequest } from "../wire/messages.ts";
import type { Connection } from "./connection.ts";
import { excludeSource } from "./exclude.ts";
import { localPath } from "./file_source.ts";
import { SharedTree, treeOf } from "./shared_tree.ts";
import { SyncError } from "./sync_error.ts";
import type { SyncOptions, SyncResult } from "./sync_options.ts";
import { readSyncDone, readSyncSent, SyncReport } from "./sync_report.ts";
import type { Transfer } from "./transfer.ts";
import { explained } from "./transfer_error.ts";

/** What {@linkcode sync} and {@linkcode syncFrom} need to know. */
export interface SyncParameters extends SyncOptions {
  /** The host. */
  host: string;
  /** The directory that relative paths there are in. */
  cwd: string | undefined;
}

/**
 * Makes a copy of a local tree there.
 *
 * @param connection Where to.
 * @param dir The tree.
 * @param remotePath Where it goes.
 * @param parameters How.
 */
export async function sync(
  connection: Connection,
  dir: string | URL | SharedTree,
  remotePath: string,
  parameters: SyncParameters,
): Promise<SyncResult> {
  const { host, signal, dryRun = false } = parameters;
  const named = dir instanceof SharedTree ? dir.root : String(dir);
  const what = `Cannot sync "${named}" to "${remotePath}" on "${host}"`;
  const exclude = dir instanceof SharedTree
    ? dir.exclude
    : parameters.exclude ?? [];
  const request = requestOf("sync", remotePath, { ...parameters, exclude });
  const names = { what, host, here: named, there: remotePath };
  const report = new SyncReport(host, parameters);
  const [tree, root] = await explained(
    names,
    () => Promise.try(() => treeFrom(dir, request.exclude)),
  );
  using transfer = connection.transfer(request, signal);
  const { path, counts } = await explained(names, async () => {
    await sendTree(new Records(transfer), tree, {
      dryRun,
      onProgress: (progress) => report.progress(progress),
      onEvents: (events) => report.events(events),
    });
    return readSyncDone(await transfer.answer);
  });
  return finish(what, report, host, {
    localPath: root,
    remotePath: path,
    counts,
  });
}

/**
 * Makes a copy of a tree there on this side.
 *
 * @param connection Where from.
 * @param remotePath The tree.
 * @param dir Where it goes.
 * @param parameters How.
 */
export async function syncFrom(
  connection: Connection,
  remotePath: string,
  dir: string | URL,
  parameters: SyncParameters,
): Promise<SyncResult> {
  const { host, signal } = parameters;
  const what = `Cannot sync "${remotePath}" on "${host}" to "${dir}"`;
  const request = requestOf("syncFrom", remotePath, parameters);
  const names = { what, host, here: String(dir), there: remotePath };
  const report = new SyncReport(host, parameters);
  const root = await explained(
    names,
    () => Promise.try(() => localRoot(dir)),
  );
  const thrown = new AbortController();
  const signals = signal === undefined ? [] : [signal];
  using transfer = connection.transfer(
    request,
    AbortSignal.any([...signals, thrown.signal]),
  );
  // One that nobody uses, so that what holds the others stays until the end.
  const release = await hold(`${root}/.tongs-${crypto.randomUUID()}`);
  try {
    const { path, counts } = await explained(names, async () => {
      const counts = await receive(transfer, root, request, report, thrown);
      await transfer.end(null);
      return { path: readSyncSent(await transfer.answer), counts };
    });
    return finish(what, report, host, {
      localPath: root,
      remotePath: path,
      counts,
    });
  } finally {
    await release();
  }
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
    exclude: regExp(exclude),
    hold,
    onEvent: guarded((...event) => report.event(...event)),
    onProgress: guarded((progress) => report.progress(progress)),
  });
  thrown.signal.throwIfAborted();
  return counts;
}

function regExp(source: string | null): RegExp | undefined {
  return source === null ? undefined : new RegExp(source);
}

/** A tree on this side, and its absolute path. */
function treeFrom(
  dir: string | URL | SharedTree,
  exclude: string | null,
): [tree: TreeSource, root: string] {
  if (dir instanceof SharedTree) return [treeOf(dir), dir.root];
  try {
    const tree = new LocalTree(localPath(dir), regExp(exclude));
    return [tree, tree.root];
  } catch (error) {
    throw asFileError(error);
  }
}

function localRoot(dir: string | URL): string {
  try {
    return treeRoot(localPath(dir));
  } catch (error) {
    throw asFileError(error);
  }
}

function requestOf(
  op: SyncRequest["op"],
  path: string,
  { cwd, delete: remove = false, dryRun = false, exclude = [], onChange }:
    SyncParameters,
): SyncRequest {
  const source = excludeSource(exclude);
  if ((source?.length ?? 0) > MAX_FRAME_SIZE / 4) {
    throw new RangeError("Cannot sync with so much to exclude");
  }
  return {
    op,
    path,
    delete: remove,
    dryRun,
    exclude: source,
    events: onChange !== undefined,
    ...(cwd === undefined ? {} : { cwd }),
  };
}

function finish(
  what: string,
  report: SyncReport,
  host: string,
  { localPath, remotePath, counts }: {
    localPath: string;
    remotePath: string;
    counts: SyncCounts;
  },
): SyncResult {
  report.end();
  const { failures, count, skipped } = report;
  const result = { localPath, remotePath, ...counts, skipped };
  if (count > 0) throw new SyncError(what, { host, failures, count, result });
  return result;
}

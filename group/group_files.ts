// Files to and from many hosts: one source for all of them, a target for each.

import { FileError } from "../files/file_error.ts";
import { split } from "../files/paths.ts";
import type {
  FetchOptions,
  FileSource,
  PutOptions,
  TransferResult,
} from "../tunnels/file_options.ts";
import { type OperationOptions, signalOf } from "../tunnels/operation.ts";
import { checkMode } from "../tunnels/put.ts";
import { nameOf, pathOf } from "../tunnels/file_source.ts";
import { SharedTree } from "../tunnels/shared_tree.ts";
import type { SyncOptions, SyncResult } from "../tunnels/sync_options.ts";
import { SharedSource } from "../tunnels/shared_source.ts";
import { explained, TransferError } from "../tunnels/transfer_error.ts";
import type { Together } from "./group_call.ts";
import { expandTemplate, type HostPlaces } from "./host_template.ts";

/** Puts one source on many hosts; it is read once. */
export function putOn(
  hosts: readonly string[],
  source: FileSource,
  remotePath: string | undefined,
  options: PutOptions,
  operation: OperationOptions = {},
): Together<TransferResult> {
  checkMode(options.mode);
  let shared: SharedSource | undefined;
  async function open(signal: AbortSignal): Promise<void> {
    if (hosts.length < 2 || source instanceof SharedSource) return;
    const names = {
      what: `Cannot put ${nameOf(source)} on ${hosts.length} hosts`,
      host: "",
      here: pathOf(source),
      there: remotePath ?? "",
    };
    const both = bothSignals(options, signal).signal;
    shared = await explained(
      names,
      () => SharedSource.open(source, signalOf(operation, both)),
    );
  }
  return {
    ready: open,
    run: (tunnel, signal) =>
      tunnel.put(shared ?? source, remotePath, bothSignals(options, signal)),
    end: async () => await shared?.[Symbol.asyncDispose](),
  };
}

/** Fetches a file from many hosts, each to a place of its own. */
export function fetchFrom(
  hosts: readonly string[],
  remotePath: string,
  template: string | URL | undefined,
  options: FetchOptions,
): Together<TransferResult> {
  const places = template === undefined
    ? undefined
    : placesOf("fetch", remotePath, template, hosts);
  async function check(): Promise<void> {
    if (places === undefined || hosts.length === 0) return;
    const { template, directory } = places;
    try {
      if (!(await Deno.stat(directory)).isDirectory) {
        throw new FileError("not-a-directory", "it is no directory");
      }
    } catch (error) {
      const what = `Cannot fetch "${remotePath}" to "${template}"`;
      throw failed(`${what}: "${directory}"`, directory, error);
    }
  }
  return {
    ready: check,
    async run(tunnel, signal) {
      const path = places?.paths.get(tunnel.host);
      const both = bothSignals(options, signal);
      if (path === undefined) return await tunnel.fetch(remotePath, path, both);
      const [directory] = split(path);
      const made = await makeDirectories(directory, places!.directory);
      try {
        return await tunnel.fetch(remotePath, path, both);
      } catch (error) {
        for (const directory of made) {
          await Deno.remove(directory).catch(() => {}); // Another host's file is in it.
        }
        throw error;
      }
    },
  };
}

/** Copies one directory to many hosts; it is listed and read once. */
export function syncTo(
  hosts: readonly string[],
  dir: string | URL | SharedTree,
  remoteDir: string,
  options: SyncOptions,
): Together<SyncResult> {
  let shared: SharedTree | undefined;
  async function open(): Promise<void> {
    if (hosts.length < 2 || dir instanceof SharedTree) return;
    const names = {
      what: `Cannot sync "${dir}" to ${hosts.length} hosts`,
      host: "",
      here: String(dir),
      there: remoteDir,
    };
    shared = await explained(
      names,
      () => Promise.try(() => new SharedTree(dir, options)),
    );
  }
  return {
    ready: open,
    run: (tunnel, signal) =>
      tunnel.sync(shared ?? dir, remoteDir, bothSignals(options, signal)),
    end: async () => await shared?.[Symbol.asyncDispose](),
  };
}

/** Copies a directory from many hosts, each to a place of its own. */
export function syncEachFrom(
  hosts: readonly string[],
  remoteDir: string,
  template: string | URL,
  options: SyncOptions,
): Together<SyncResult> {
  const { paths } = placesOf("sync", remoteDir, template, hosts);
  return {
    run: (tunnel, signal) =>
      tunnel.syncFrom(
        remoteDir,
        paths.get(tunnel.host)!,
        bothSignals(options, signal),
      ),
  };
}

/** Where what comes from each host goes. */
function placesOf(
  operation: "fetch" | "sync",
  remotePath: string,
  template: string | URL,
  hosts: readonly string[],
): HostPlaces {
  try {
    return expandTemplate(operation, template, hosts);
  } catch (error) {
    const what = `Cannot ${operation} "${remotePath}" to "${template}"`;
    throw failed(what, String(template), error);
  }
}

/** Makes what a template needs below a directory. Returns what was made, the innermost first. */
async function makeDirectories(path: string, base: string): Promise<string[]> {
  const made: string[] = [];
  for (let next = path; next !== base && next !== "/"; next = split(next)[0]) {
    try {
      await Deno.stat(next);
      break;
    } catch {
      made.push(next);
    }
  }
  // If it cannot be made, neither can the file, and that says why.
  await Deno.mkdir(path, { recursive: true }).catch(() => {});
  return made;
}

function bothSignals<T extends { signal?: AbortSignal }>(
  options: T,
  signal: AbortSignal,
): T & { signal: AbortSignal } {
  const signals = options.signal === undefined
    ? [signal]
    : [options.signal, signal];
  return { ...options, signal: AbortSignal.any(signals) };
}

function failed(what: string, path: string, error: unknown): unknown {
  const known = error instanceof FileError ? error : undefined;
  if (known === undefined && !(error instanceof Deno.errors.NotFound)) {
    return error;
  }
  return new TransferError(
    `${what}: ${known?.message ?? "there is no such directory"}`,
    {
      host: "",
      reason: known?.reason ?? "not-found",
      path,
      side: "here",
      cause: error,
    },
  );
}

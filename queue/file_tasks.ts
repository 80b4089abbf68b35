// Files that wait for their turn. What is wrong with the names is said at once; files are opened and
// read when the first host's turn comes, as thousands may wait.

import type { Together } from "../group/group_call.ts";
import { fetchFrom, putOn } from "../group/group_files.ts";
import type {
  FetchOptions,
  FileSource,
  PutOptions,
  TransferResult,
} from "../tunnels/file_options.ts";
import type { Task } from "./item.ts";

/** Puts a file on many hosts: it is read once, from its first host's turn on. */
export function putTask(
  hosts: readonly string[],
  source: FileSource,
  remotePath: string | undefined,
  options: PutOptions,
): Task {
  return together("put", putOn(hosts, source, remotePath, options));
}

/** Fetches a file from many hosts. */
export function fetchTask(
  hosts: readonly string[],
  remotePath: string,
  template: string | URL | undefined,
  options: FetchOptions,
): Task {
  return together("fetch", fetchFrom(hosts, remotePath, template, options));
}

function together(what: string, both: Together<TransferResult>): Task {
  const aborter = new AbortController();
  let ready: Promise<unknown> | undefined;
  return {
    what,
    ready: () => ready ??= Promise.resolve(both.ready?.(aborter.signal)),
    run: (tunnel, signal) => both.run(tunnel, signal),
    async end() {
      aborter.abort(); // It may still be getting ready for hosts that are gone.
      await both.end?.();
    },
  };
}

// What a tunnel does with whole directories.

import type { Connection } from "./connection.ts";
import { FileOperations } from "./file_operations.ts";
import type { SharedTree } from "./shared_tree.ts";
import { sync, syncFrom } from "./sync.ts";
import type { SyncOptions, SyncResult } from "./sync_options.ts";

/** What an operation on a tunnel needs to know. */
export interface Begun {
  /** The connection. */
  connection: Connection;
  /** The directory that relative paths are in. */
  cwd: string | undefined;
  /** Cancels it. */
  signal: AbortSignal | undefined;
}

type Begin = (
  tunnel: TreeOperations,
  signal: AbortSignal | undefined,
) => Begun;

let begin: Begin;

/** Takes what begins an operation on a tunnel, of which this file knows no more than that. */
export function provideBegin(provided: Begin): void {
  begin = provided;
}

/** The part of a {@linkcode Tunnel} that copies directories. */
export abstract class TreeOperations extends FileOperations {
  /** The name of the place, and the key of its results; unique within a group. */
  abstract readonly host: string;

  /**
   * Makes a copy of a directory there. Only files that differ travel: those whose size or time
   * differs, and where it is the time alone, those whose SHA-256 does. Permissions, times of files and
   * directories, links and empty directories are copied too; owners are not.
   *
   * The content of the directory goes into `remoteDir`, which is made if it is not there. Each file
   * is replaced at once, as with {@linkcode Tunnel.put}. What is there and not in the source stays,
   * unless `delete` is given. A link is copied as it stands; an absolute one to something in the
   * directory points to the copy of that. Nothing is ever written or removed through a link there.
   *
   * @example Twice, the second time with nothing to do
   * ```ts
   * import { Local } from "tongs";
   * import { assertEquals } from "@std/assert";
   *
   * await using here = new Local();
   * const [site, copy] = [await Deno.makeTempDir(), await Deno.makeTempDir()];
   * await Deno.writeTextFile(`${site}/index.html`, "<h1>Hello</h1>");
   * await Deno.mkdir(`${site}/empty`);
   *
   * assertEquals((await here.sync(site, copy)).transferred, 1);
   * assertEquals((await here.sync(site, copy)).transferred, 0);
   *
   * await Deno.remove(site, { recursive: true });
   * await Deno.remove(copy, { recursive: true });
   * ```
   *
   * @param dir A directory here: a path, a `file:` URL, or one that goes to many places.
   * @param remoteDir Where its content goes. Relative paths are as with {@linkcode Tunnel.put}.
   * @param options What to remove and to leave out, and how far it is.
   * @throws {SyncError} If something could not be copied; everything else was.
   * @throws {TransferError} If one of the directories cannot be used at all.
   * @throws {ConnectError} If the place cannot be reached.
   * @throws {TunnelClosedError} If the connection breaks before it is through.
   */
  async sync(
    dir: string | URL | SharedTree,
    remoteDir: string,
    options: SyncOptions = {},
  ): Promise<SyncResult> {
    const { connection, ...begun } = begin(this, options.signal);
    const parameters = this.#parameters(options, begun);
    return await sync(connection, dir, remoteDir, parameters);
  }

  /**
   * Makes a copy of a directory from there on this side; the reverse of {@linkcode TreeOperations.sync}.
   * A hostile host can fill the directory here with what it likes, links included, and nothing else.
   *
   * @example What would be copied
   * ```ts
   * import { Local } from "tongs";
   * import { assertEquals } from "@std/assert";
   *
   * await using here = new Local();
   * const [logs, copy] = [await Deno.makeTempDir(), await Deno.makeTempDir()];
   * await Deno.writeTextFile(`${logs}/today.log`, "…");
   *
   * const seen: string[] = [];
   * await here.syncFrom(logs, copy, {
   *   dryRun: true,
   *   onChange: ({ kind, path }) => seen.push(`${kind} ${path}`),
   * });
   * assertEquals(seen, ["create today.log"]);
   *
   * await Deno.remove(logs, { recursive: true });
   * await Deno.remove(copy, { recursive: true });
   * ```
   *
   * @param remoteDir The directory there.
   * @param dir Where its content goes: a path or a `file:` URL.
   * @param options What to remove and to leave out, and how far it is.
   * @throws {SyncError} If something could not be copied; everything else was.
   * @throws {TransferError} If one of the directories cannot be used at all.
   * @throws {ConnectError} If the place cannot be reached.
   * @throws {TunnelClosedError} If the connection breaks before it is through.
   */
  async syncFrom(
    remoteDir: string,
    dir: string | URL,
    options: SyncOptions = {},
  ): Promise<SyncResult> {
    const { connection, ...begun } = begin(this, options.signal);
    const parameters = this.#parameters(options, begun);
    return await syncFrom(connection, remoteDir, dir, parameters);
  }

  #parameters(
    { signal: _, ...options }: SyncOptions,
    { cwd, signal }: Omit<Begun, "connection">,
  ) {
    return {
      ...options,
      host: this.host,
      cwd,
      ...(signal === undefined ? {} : { signal }),
    };
  }
}

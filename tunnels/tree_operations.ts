// What a tunnel does with whole directories.

import { FileOperations } from "./file_operations.ts";
import { insideOf } from "./inside.ts";
import type { SharedTree } from "./shared_tree.ts";
import { sync, syncFrom } from "./sync.ts";
import type { SyncOptions, SyncResult } from "./sync_options.ts";

/** The part of a {@linkcode Tunnel} that copies directories. */
export abstract class TreeOperations extends FileOperations {
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
    const { place, operation } = insideOf(this);
    return await sync(place, dir, remoteDir, { ...options, operation });
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
    const { place, operation } = insideOf(this);
    return await syncFrom(place, remoteDir, dir, { ...options, operation });
  }
}

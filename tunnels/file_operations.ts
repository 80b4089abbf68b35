// What a tunnel does with single files.

import { fetch } from "./fetch.ts";
import type {
  FetchOptions,
  FileSource,
  FileTarget,
  PutOptions,
  TransferResult,
} from "./file_options.ts";
import { insideOf } from "./inside.ts";
import { put } from "./put.ts";
import { SetOfOne } from "./set_of_one.ts";

/** The part of a {@linkcode Tunnel} that puts and fetches files. */
export abstract class FileOperations extends SetOfOne {
  /**
   * Puts a file there. It is written under a temporary name beside its place, and takes that once
   * its SHA-256 is the same on both sides: whoever looks sees the old file or the new one.
   *
   * @example Text, and what became of it
   * ```ts
   * import { Local } from "tongs";
   * import { assertEquals } from "@std/assert";
   *
   * await using here = new Local();
   * const motd = new TextEncoder().encode("Welcome\n");
   * const { remotePath, size } = await here.put(motd);
   * assertEquals(size, 8);
   * assertEquals(await here.call(Deno.readTextFile, remotePath), "Welcome\n");
   * await here.call(Deno.remove, remotePath);
   * ```
   *
   * @param source A path or `file:` URL here, or the content as bytes or a stream.
   * @param remotePath Where it goes. Relative paths are in the directory of the tunnel, over ssh the
   * home directory; so are those that begin with `~/`. A link is followed. Without it, it is a new
   * file among the temporary ones.
   * @param options Its permission bits, and how far it is.
   * @throws {TransferError} If a file cannot be read or written.
   * @throws {ConnectError} If the place cannot be reached.
   * @throws {TunnelClosedError} If the connection breaks before it is through.
   */
  async put(
    source: FileSource,
    remotePath?: string,
    options: PutOptions = {},
  ): Promise<TransferResult> {
    const { place, operation } = insideOf(this);
    return await put(place, source, { ...options, remotePath, operation });
  }

  /**
   * Fetches a file from there. What is in its place here stays as it is unless all goes well.
   *
   * @example A file, as a stream
   * ```ts
   * import { Local } from "tongs";
   * import { assertEquals } from "@std/assert";
   *
   * await using here = new Local();
   * const text = new TextDecoderStream();
   * const [, [line]] = await Promise.all([
   *   here.fetch("/etc/passwd", text.writable),
   *   Array.fromAsync(text.readable),
   * ]);
   * assertEquals(line!.split(":")[0], "root");
   * ```
   *
   * @param remotePath The file there, see {@linkcode FileOperations.put}.
   * @param localPath A path or `file:` URL here, or a stream that takes the content. A new file gets
   * the permission bits of the remote one, less the umask; one that is there keeps its own. Without
   * it, it is a new file among the temporary ones.
   * @param options How far it is.
   * @throws {TransferError} If a file cannot be read or written.
   * @throws {ConnectError} If the place cannot be reached.
   * @throws {TunnelClosedError} If the connection breaks before it is through.
   */
  async fetch(
    remotePath: string,
    localPath?: FileTarget,
    options: FetchOptions = {},
  ): Promise<TransferResult> {
    const { place, operation } = insideOf(this);
    return await fetch(place, remotePath, localPath, { ...options, operation });
  }
}

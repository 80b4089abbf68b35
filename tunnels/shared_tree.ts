// A tree that goes to many places: it is listed once, and its files are read and hashed once, as far
// as the places keep up with each other.

import { asFileError } from "../files/file_error.ts";
import {
  type Listed,
  LocalTree,
  sameAsListed,
  type TreeSource,
  type Whole,
} from "../files/sync_source.ts";
import type { Batch } from "../files/sync_walk.ts";
import { excluding } from "./exclude.ts";
import { localPath } from "./given_path.ts";
import { SharedSource, viewOf } from "./shared_source.ts";

/** How much of the content of small files stays, in bytes. */
const MAX_CONTENT = 8 * 1024 * 1024;

/** How many large files are shared at once; each keeps up to 8 MiB. */
const MAX_SHARED = 4;

/** The tree as one place gets it. */
export let treeOf: (tree: SharedTree) => TreeSource;

/** A file that several places read. */
interface Shared {
  source: Promise<SharedSource>;
  users: number;
}

/**
 * A directory that is copied to many places, see {@linkcode Tunnel.sync}, which is what a group does.
 * What was listed stays in memory, about 200 bytes an entry.
 *
 * @example Two places, one directory
 * ```ts
 * import { Local, SharedTree } from "tongs";
 * import { assertEquals } from "@std/assert";
 *
 * const [site, copies] = [await Deno.makeTempDir(), await Deno.makeTempDir()];
 * await Deno.writeTextFile(`${site}/index.html`, "<h1>Hello</h1>");
 *
 * await using a = new Local("a");
 * await using b = new Local("b");
 * await using tree = new SharedTree(site);
 * await Promise.all([a, b].map((tunnel) => tunnel.sync(tree, `${copies}/${tunnel.host}`)));
 * assertEquals(await Deno.readTextFile(`${copies}/b/index.html`), "<h1>Hello</h1>");
 *
 * await Deno.remove(site, { recursive: true });
 * await Deno.remove(copies, { recursive: true });
 * ```
 */
export class SharedTree implements AsyncDisposable {
  /** The absolute path of its root. */
  readonly root: string;
  /** What is left out of it. */
  readonly exclude: readonly string[];

  #tree: LocalTree;
  #listing: AsyncIterator<Batch, void> | undefined;
  #batches: Promise<Batch | undefined>[] = [];
  #digests = new Map<string, Promise<string>>();
  #small = new Map<string, { content: Whole | Promise<Whole>; size: number }>();
  #kept = 0;
  #large = new Map<string, Shared>();

  /**
   * Constructs a new instance.
   *
   * @param dir A directory on this side: a path or a `file:` URL.
   * @param options What to leave out, see {@linkcode SyncOptions.exclude}.
   * @throws {FileError} If the path makes no sense.
   * @throws {TypeError} If it is no path, or what to leave out is no glob.
   */
  constructor(
    dir: string | URL,
    { exclude = [] }: { exclude?: readonly string[] } = {},
  ) {
    this.#tree = new LocalTree(localPath(dir), excluding(exclude));
    this.root = this.#tree.root;
    this.exclude = exclude;
  }

  static {
    treeOf = (tree) => ({
      root: tree.root,
      list: () => tree.#list(),
      readSmall: (file) => tree.#readSmall(file),
      read: (file) => tree.#read(file),
      digest: (file) => tree.#digest(file),
    });
  }

  /** Forgets what was read. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#listing?.return?.();
    this.#small.clear();
    await Promise.all(
      this.#large.entries().map(([path, shared]) => this.#end(path, shared)),
    );
  }

  async *#list(): AsyncGenerator<Batch, void> {
    this.#listing ??= this.#tree.list();
    for (let i = 0;; i++) {
      // Whoever is furthest lists on; the others find what is there.
      const next = this.#batches[i] ??= this.#listing.next()
        .then(({ value }) => value ?? undefined);
      const batch = await next;
      if (batch === undefined) return;
      yield batch;
    }
  }

  #digest(file: Listed): Promise<string> {
    let digest = this.#digests.get(file.path);
    if (digest === undefined) {
      digest = this.#tree.digest(file);
      this.#digests.set(file.path, digest);
    }
    return digest;
  }

  #read(file: Listed): AsyncGenerator<Uint8Array, string> {
    if (!this.#large.has(file.path) && !this.#makeRoom()) {
      return this.#tree.read(file);
    }
    return this.#readLarge(file);
  }

  /** Makes room for one more large file, if that is possible. */
  #makeRoom(): boolean {
    if (this.#large.size < MAX_SHARED) return true;
    for (const [path, shared] of this.#large) {
      if (shared.users > 0) continue;
      this.#end(path, shared);
      return true;
    }
    return false;
  }

  #readSmall(file: Listed): Whole | Promise<Whole> {
    let kept = this.#small.get(file.path)?.content;
    if (kept === undefined) {
      // As it is, since others may ask for it before it is there.
      kept = this.#tree.readSmall(file);
      this.#keep(file, kept);
    }
    return kept;
  }

  #keep({ path, size }: Listed, content: Whole | Promise<Whole>): void {
    this.#small.set(path, { content, size });
    this.#kept += size;
    for (const [oldest, { size }] of this.#small) {
      if (this.#kept <= MAX_CONTENT) break;
      this.#small.delete(oldest);
      this.#kept -= size;
    }
  }

  async *#readLarge(file: Listed): AsyncGenerator<Uint8Array, string> {
    const { path } = file;
    let shared = this.#large.get(path);
    if (shared === undefined) {
      const source = SharedSource.open(
        `${this.root}/${path}`,
        undefined,
        false,
      );
      shared = { source, users: 0 };
      this.#large.set(path, shared);
    }
    shared.users++;
    try {
      await using content = viewOf(await shared.source);
      sameAsListed(`${this.root}/${path}`, file);
      let piece: Uint8Array | undefined;
      while ((piece = await content.read()) !== undefined) yield piece;
      return content.sha256();
    } catch (error) {
      throw asFileError(error);
    } finally {
      shared.users--; // It stays for others, until there are too many.
    }
  }

  async #end(path: string, shared: Shared): Promise<void> {
    this.#large.delete(path);
    const source = await shared.source.catch(() => undefined);
    await source?.[Symbol.asyncDispose]();
  }
}

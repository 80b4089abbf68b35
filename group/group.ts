// Many tunnels at once.

import type { AnyFunction } from "../functions/types.ts";
import type { ExecOptions, ExecResult } from "../tunnels/exec.ts";
import type {
  FetchOptions,
  FileSource,
  PutOptions,
  TransferResult,
} from "../tunnels/file_options.ts";
import type { FilterOptions, HostSet, Predicate } from "../tunnels/host_set.ts";
import type { OperationOptions } from "../tunnels/operation.ts";
import type { SharedTree } from "../tunnels/shared_tree.ts";
import type { SyncOptions, SyncResult } from "../tunnels/sync_options.ts";
import { provideGrouper } from "../tunnels/set_of_one.ts";
import { Tunnel } from "../tunnels/tunnel.ts";
import { hostsOf, missingIn } from "./difference.ts";
import { GroupCall, type Together } from "./group_call.ts";
import { fetchFrom, putOn, syncEachFrom, syncTo } from "./group_files.ts";
import { callEachOn, callOn, type HostItems } from "./group_functions.ts";
import type {
  CallGroup,
  GroupOptions,
  GroupParseOptions,
} from "./group_options.ts";
import { LiveGroup } from "./live_group.ts";
import { checkConcurrency } from "./slots.ts";
import { expandHosts } from "./host_pattern.ts";

/**
 * Many tunnels at once. An operation runs on all of them; on one host it may fail while it goes well
 * on the others. A host that failed is tried again by the next operation.
 *
 * @example One call on three places
 * ```ts
 * import { Group, Local } from "tongs";
 * import { assertEquals } from "@std/assert";
 *
 * await using group = new Group(["a", "b", "c"].map((name) => new Local(name)));
 * const result = await group.call((x: number) => x * 2, 21);
 * result.raiseFailures();
 * for (const [host, value] of result.successful()) console.log(host, value);
 * assertEquals([...result.keys()], ["a", "b", "c"]);
 * ```
 */
export class Group extends LiveGroup implements HostSet {
  /** Runs a function on each host. */
  readonly call: CallGroup = Object.assign(
    (fn: AnyFunction, ...args: unknown[]) =>
      this.#run(callOn(this.hosts, fn, args)),
    {
      each: (items: HostItems, fn: AnyFunction) =>
        this.#run(callEachOn(this.hosts, items, fn)),
    },
  ) as CallGroup;

  /** On how many hosts an operation runs at once. */
  protected readonly concurrency: number;
  #tunnels: readonly Tunnel[];
  #operation: OperationOptions = {};

  /**
   * Constructs a new instance.
   *
   * @param items Tunnels, or texts that {@linkcode Tunnel.parse} understands. A host that is there
   * twice is used once.
   * @param options How many hosts are worked on at once.
   * @throws {TypeError} If two different hosts have the same name, or it is one text.
   * @throws {RangeError} If `concurrency` is no positive integer.
   */
  constructor(
    items: Iterable<Tunnel | string>,
    { concurrency = 64 }: GroupOptions = {},
  ) {
    super();
    checkConcurrency(concurrency, "group");
    if (typeof items === "string") { // It would be a host for each letter.
      throw new TypeError(
        `Cannot make a group of "${items}": use Group.parse, or a list`,
      );
    }
    const texts = new Set<string>();
    const tunnels = new Map<string, Tunnel>();
    for (const item of items) {
      if (typeof item === "string" && texts.has(item)) continue;
      const tunnel = typeof item === "string" ? Tunnel.parse(item) : item;
      if (typeof item === "string") texts.add(item);
      const other = tunnels.get(tunnel.host);
      if (other !== undefined && other !== tunnel) {
        throw new TypeError(
          `Cannot make a group with two hosts named "${tunnel.host}": ` +
            `give one of them another \`name\``,
        );
      }
      tunnels.set(tunnel.host, tunnel);
    }
    this.#tunnels = [...tunnels.values()];
    this.concurrency = concurrency;
  }

  /**
   * Makes a group of a text, see {@linkcode expandHosts}.
   *
   * @example Hosts by their numbers
   * ```ts
   * import { Group } from "tongs";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(Group.parse("web[01-03]!web02").hosts, ["web01", "web03"]);
   * ```
   *
   * @param text The text.
   * @param options What groups there are, and options for the tunnels.
   * @throws {SyntaxError} If it makes no sense.
   */
  static parse(text: string, options: GroupParseOptions = {}): Group {
    const { tunnel = {} } = options;
    const tunnels = expandHosts(text, options)
      .map((host) => Tunnel.parse(host, tunnel));
    return new Group(tunnels, options);
  }

  /** The names of the hosts, in their order. */
  get hosts(): readonly string[] {
    return this.#tunnels.map(({ host }) => host);
  }

  /** How many hosts there are. */
  get size(): number {
    return this.#tunnels.length;
  }

  /** The tunnels. */
  override [Symbol.iterator](): IterableIterator<Tunnel> {
    return this.#tunnels.values();
  }

  /** Connects to each host now, instead of at the first operation. */
  connect(): GroupCall<void> {
    return this.#run({ run: async (tunnel) => void await tunnel.connect() });
  }

  /** Closes all connections. */
  async close(): Promise<void> {
    await Promise.all(this.#tunnels.map((tunnel) => tunnel.close()));
  }

  /** Closes the group. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /**
   * Runs a command on each host, to its end. It needs no runtime there.
   *
   * @param argv The command and its arguments, which no shell sees.
   * @param options Its environment, directory and input.
   */
  exec(
    argv: readonly string[],
    options: ExecOptions = {},
  ): GroupCall<ExecResult> {
    return this.#run({
      run: (tunnel, signal) => tunnel.with({ signal }).exec(argv, options),
    });
  }

  /**
   * Puts a file on each host. The source is read once, also if it is a stream; that is read to its
   * end before it goes anywhere. A slow host holds up no other one.
   *
   * @example The same text on two hosts
   * ```ts
   * import { Group, Local } from "tongs";
   * import { assertEquals } from "@std/assert";
   *
   * await using group = new Group([new Local("a"), new Local("b")]);
   * const result = await group.put(new TextEncoder().encode("hello"));
   * for (const [host, { remotePath }] of result.raiseFailures().successful()) {
   *   console.log(host, remotePath);
   *   await Deno.remove(remotePath);
   * }
   * assertEquals(result.size, 2);
   * ```
   *
   * @param source A path or `file:` URL here, or the content as bytes or a stream.
   * @param remotePath Where it goes, see {@linkcode Tunnel.put}.
   * @param options Its permission bits, and how far it is.
   * @throws {TransferError} If the source cannot be read; nothing was done anywhere.
   */
  put(
    source: FileSource,
    remotePath?: string,
    options: PutOptions = {},
  ): GroupCall<TransferResult> {
    return this.#run(
      putOn(this.hosts, source, remotePath, options, this.#operation),
    );
  }

  /**
   * Fetches a file from each host, each to a place of its own.
   *
   * @example A file for each host
   * ```ts
   * import { Group, Local } from "tongs";
   * import { assertEquals } from "@std/assert";
   *
   * const dir = await Deno.makeTempDir();
   * await using group = new Group([new Local("a"), new Local("b")]);
   * const result = await group.fetch("/etc/hostname", `${dir}/{host}.txt`);
   * result.raiseFailures();
   * const names = [...Deno.readDirSync(dir)].map(({ name }) => name);
   * assertEquals(names.sort(), ["a.txt", "b.txt"]);
   * await Deno.remove(dir, { recursive: true });
   * ```
   *
   * @param remotePath The file there, see {@linkcode Tunnel.put}.
   * @param template Where it goes, with `{host}` in place of the host's name. Directories whose name
   * comes from it are made; the one before them has to be there. Without it, each is a new file
   * among the temporary ones.
   * @param options How far it is.
   * @throws {TypeError} If two hosts would have the same file, or the name of one would lead elsewhere;
   * nothing was done anywhere.
   * @throws {TransferError} If the directory is not there; nothing was done anywhere.
   */
  fetch(
    remotePath: string,
    template?: string | URL,
    options: FetchOptions = {},
  ): GroupCall<TransferResult> {
    return this.#run(fetchFrom(this.hosts, remotePath, template, options));
  }

  /**
   * Makes a copy of a directory on each host, which is listed and read once.
   *
   * @param dir A directory here, see {@linkcode Tunnel.sync}.
   * @param remoteDir Where its content goes.
   * @param options What to remove and to leave out, and how far it is.
   */
  sync(
    dir: string | URL | SharedTree,
    remoteDir: string,
    options: SyncOptions = {},
  ): GroupCall<SyncResult> {
    return this.#run(syncTo(this.hosts, dir, remoteDir, options));
  }

  /**
   * Makes a copy of a directory of each host on this side, such as in `backup/{host}`.
   *
   * @param remoteDir The directory there.
   * @param template Where each copy goes, with `{host}` for the name of the host.
   * @param options What to remove and to leave out, and how far it is.
   * @throws {TypeError} If two hosts would have the same place, or the name of one would lead
   * elsewhere; nothing was done anywhere.
   */
  syncFrom(
    remoteDir: string,
    template: string | URL,
    options: SyncOptions = {},
  ): GroupCall<SyncResult> {
    return this.#run(syncEachFrom(this.hosts, remoteDir, template, options));
  }

  /**
   * The hosts for which a function says yes there.
   *
   * @param predicate The function.
   * @param options Whether to leave them out instead.
   * @throws {GroupError} If it fails on a host.
   */
  async filter(
    predicate: Predicate,
    { exclude = false }: FilterOptions = {},
  ): Promise<Group> {
    const answers = (await this.call(predicate)).raiseFailures();
    const yes = new Map(answers.successful());
    return this.#of(
      this.#tunnels.filter(({ host }) => Boolean(yes.get(host)) !== exclude),
    );
  }

  /** The hosts of both, those of this group first. */
  union(other: Iterable<Tunnel>): Group {
    return this.#of([...this, ...missingIn(this, other)]);
  }

  /** The hosts that are in both. */
  intersection(other: Iterable<Tunnel>): Group {
    const hosts = hostsOf(other);
    return this.#of(this.#tunnels.filter(({ host }) => hosts.has(host)));
  }

  /** The hosts that are not in the other one. */
  difference(other: Iterable<Tunnel>): Group {
    return this.#of(missingIn(other, this));
  }

  /** The hosts that are in one of both only. */
  symmetricDifference(other: Iterable<Tunnel>): Group {
    return this.#of([...missingIn(other, this), ...missingIn(this, other)]);
  }

  /**
   * The same hosts, with operations that carry these options.
   *
   * @param options What operations carry, on top of what they carry already.
   */
  with(options: OperationOptions): Group {
    const view = this.#of(this.#tunnels.map((tunnel) => tunnel.with(options)));
    view.#operation = { ...this.#operation, ...options };
    return view;
  }

  #of(tunnels: Iterable<Tunnel>): Group {
    return new Group(tunnels, { concurrency: this.concurrency });
  }

  #run<T>(together: Together<T>): GroupCall<T> {
    return new GroupCall({
      tunnels: this.#tunnels,
      concurrency: this.concurrency,
      ...together,
    });
  }
}

provideGrouper((tunnels) => new Group(tunnels));

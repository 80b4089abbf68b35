// What every tunnel has: it connects when it is needed, runs functions and commands, and closes.

import type { Carrier } from "./carrier.ts";
import {
  execCommand,
  type ExecOptions,
  type ExecResult,
  type RemoteProcess,
  spawnCommand,
  type SpawnOptions,
} from "./command.ts";
import { fetch } from "./fetch.ts";
import type {
  FetchOptions,
  FileSource,
  FileTarget,
  PutOptions,
  TransferResult,
} from "./file_options.ts";
import type { TunnelOptions } from "./options.ts";
import {
  abortable,
  commandOptions,
  environmentOf,
  type OperationOptions,
  signalOf,
} from "./operation.ts";
import { Place } from "./place.ts";
import { put } from "./put.ts";
import type { Sendable } from "./sendable.ts";
import { SetOfOne } from "./set_of_one.ts";

/** What runtime an agent has, see {@linkcode Tunnel.info}. */
export interface AgentInfo {
  /** Its version of Deno. */
  deno: string;
  /** Its operating system, as in `Deno.build`. */
  os: string;
  /** Its architecture, as in `Deno.build`. */
  arch: string;
  /** The number of its process. */
  pid: number;
}

type Parser = (text: string, options: TunnelOptions) => Tunnel;

let parser: Parser = () => {
  throw new TypeError("Cannot parse before the kinds of tunnels are loaded");
};

/** Takes the parser, which knows all kinds of tunnels and so cannot be known to this file. */
export function provideParser(provided: Parser): void {
  parser = provided;
}

/** A way to a place where functions and commands can be run. */
export abstract class Tunnel extends SetOfOne implements AsyncDisposable {
  /** The name of the place, and the key of its results; unique within a group. */
  readonly host: string;

  #place: Place;
  #operation: OperationOptions = {};

  /**
   * Constructs a new instance.
   *
   * @param host The name of the place.
   * @param carrier How to run a command there.
   * @param options How to use it.
   */
  protected constructor(
    host: string,
    carrier: Carrier,
    options: TunnelOptions,
  ) {
    super();
    this.host = options.name ?? host;
    if (this.host === "") {
      throw new TypeError("Cannot make a tunnel without a name");
    }
    // A view of a tunnel, see `with`, has the same place.
    this.#place = carrier instanceof Place
      ? carrier
      : new Place(this.host, carrier, options);
  }

  /**
   * Makes a tunnel of a text: `web1`, `user@host:port`, `ssh://user@host:port`, `local:` or
   * `local:name`.
   *
   * @example A place from a command line
   * ```ts
   * import { Tunnel } from "tongs";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(Tunnel.parse("local:here").host, "here");
   * ```
   *
   * @param text The text.
   * @param options Options for the tunnel; those that its kind does not have do not matter.
   * @returns The tunnel, which is not connected yet.
   * @throws {TypeError} If the text makes no sense, or names a place that cannot be reached yet.
   */
  static parse(text: string, options: TunnelOptions = {}): Tunnel {
    return parser(text, options);
  }

  /** Whether there is a connection now. */
  get connected(): boolean {
    return this.#place.connected;
  }

  /**
   * Connects now instead of at the first call.
   *
   * @returns The tunnel itself.
   * @throws {ConnectError} If the place cannot be reached, or has no runtime.
   */
  async connect(): Promise<this> {
    await this.info();
    return this;
  }

  /**
   * Connects, and says what is there.
   *
   * @throws {ConnectError} If the place cannot be reached, or has no runtime.
   */
  async info(): Promise<AgentInfo> {
    const ready = this.#place.connection().ready;
    const { deno, os, arch, pid } = await abortable(
      ready,
      signalOf(this.#operation),
    );
    return { deno, os, arch, pid };
  }

  /**
   * Closes the connection. What runs there ends and its state is gone; the next operation
   * connects anew.
   */
  async close(): Promise<void> {
    await this.#place.close();
  }

  /** Closes the tunnel. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /**
   * Runs a function there.
   *
   * @example A built-in, and a function of a module
   * ```ts
   * import { Local } from "tongs";
   * import { hostname } from "tongs/facts";
   * import { assertEquals } from "@std/assert";
   *
   * await using here = new Local();
   * assertEquals(await here.call(Deno.hostname), await here.call(hostname));
   * ```
   *
   * @example A closure, with what it captured
   * ```ts
   * import { Local } from "tongs";
   * import { assertEquals } from "@std/assert";
   * import { basename } from "node:path";
   *
   * const names = ["/etc/hosts", "/etc/passwd"];
   * const last = () => basename(names.at(-1)!);
   *
   * await using here = new Local();
   * assertEquals(await here.call((suffix: string) => last() + suffix, "!"), "passwd!");
   * ```
   *
   * What can be called, and what cannot, is in the guide "What can I call?"
   * (`docs/guide/what_can_i_call.md`).
   *
   * @typeParam A The types of its arguments.
   * @typeParam R The type of its result.
   * @param fn Any function: a built-in and an export of a module go by their names, everything else
   * goes by value, with what it captured as it is now. All that they import goes along.
   * @param args Its arguments: anything that structured clone takes, errors and URLs included.
   * @returns What it returns, or what its promise resolves to. Its type is `never` where that can
   * not be sent, such as a function or a generator.
   * @throws {RemoteError} If it throws.
   * @throws {ConnectError} If the place cannot be reached.
   * @throws {TunnelClosedError} If the connection breaks before it is through.
   * @throws {RealmTerminatedError} If its process ends before it is through.
   * @throws {SerializationError} If an argument, the result, or something that the function captured
   * cannot be sent.
   * @throws {TypeError} If the function itself cannot be sent.
   */
  async call<A extends unknown[], R>(
    fn: (...args: A) => R,
    ...args: A
  ): Promise<Sendable<Awaited<R>>> {
    if (typeof fn !== "function") {
      throw new TypeError("Cannot call what is no function");
    }
    const signal = signalOf(this.#operation);
    const environment = environmentOf(this.#operation, this.#place.options);
    const result = this.#place.call(fn, args, signal, environment);
    return await result as Sendable<Awaited<R>>;
  }

  /**
   * Runs a command there, to its end. It needs no runtime there. Its standard input is empty
   * unless it is given.
   *
   * @example What it wrote, and how it ended
   * ```ts
   * import { Local } from "tongs";
   * import { assertEquals } from "@std/assert";
   *
   * const here = new Local();
   * const { code, stdout } = await here.exec(["sh", "-c", "echo hello; exit 3"]);
   * assertEquals(code, 3);
   * assertEquals(new TextDecoder().decode(stdout), "hello\n");
   * ```
   *
   * @param argv The command and its arguments, which no shell sees.
   * @param options Its environment, directory and input.
   * @throws {ConnectError} If the place cannot be reached.
   */
  async exec(
    argv: readonly string[],
    options: ExecOptions = {},
  ): Promise<ExecResult> {
    return await execCommand(
      this.#place,
      argv,
      commandOptions(options, this.#operation, this.#place.options),
    );
  }

  /**
   * Starts a command there. When its standard input is not piped, it ends together with this
   * process; when it is, it sees the end of its input.
   *
   * @param argv The command and its arguments, which no shell sees.
   * @param options Its environment, directory and input.
   * @throws {ConnectError} If the carrier's own command cannot be run.
   */
  spawn(argv: readonly string[], options: SpawnOptions = {}): RemoteProcess {
    return spawnCommand(
      this.#place,
      argv,
      commandOptions(options, this.#operation, this.#place.options),
    );
  }

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
    return await put(this.#place, source, {
      ...options,
      remotePath,
      operation: this.#operation,
    });
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
   * @param remotePath The file there, see {@linkcode Tunnel.put}.
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
    return await fetch(this.#place, remotePath, localPath, {
      ...options,
      operation: this.#operation,
    });
  }

  /**
   * The same tunnel, with operations that carry these options.
   *
   * @example A call that may take a second
   * ```ts
   * import { Local } from "tongs";
   * import { assertRejects } from "@std/assert";
   *
   * await using here = new Local();
   * await assertRejects(
   *   () => here.with({ timeout: 1000 }).exec(["sleep", "60"]),
   *   DOMException,
   *   "timeout",
   * );
   * ```
   *
   * @param options What operations carry, on top of what they carry already: of two signals, either
   * cancels them.
   * @returns A view of this tunnel.
   */
  with(options: OperationOptions): this {
    const { env, ...rest } = options;
    const { signal } = this.#operation;
    if (rest.signal !== undefined && signal !== undefined) {
      rest.signal = AbortSignal.any([signal, rest.signal]);
    }
    // Made by this constructor alone: those of the subclasses would make a new place.
    const view: this = Reflect.construct(
      Tunnel,
      [this.host, this.#place, {}],
      this.constructor,
    );
    view.#operation = { ...this.#operation, ...rest };
    if (env !== undefined) {
      view.#operation.env = { ...this.#operation.env, ...env };
    }
    return view;
  }
}

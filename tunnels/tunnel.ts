// What every tunnel has: it connects when it is needed, runs functions and commands, and closes.

import type { AnyFunction } from "../functions/types.ts";
import { abortable } from "../wire/abortable.ts";
import type { Channel } from "../wire/channel.ts";
import type { AgentInfo } from "./agent_info.ts";
import type { Carrier } from "./carrier.ts";
import {
  type RemoteProcess,
  spawnCommand,
  type SpawnOptions,
} from "./command.ts";
import { execCommand, type ExecOptions, type ExecResult } from "./exec.ts";
import { provideInside } from "./inside.ts";
import { channelCall, streamCall } from "./live_call.ts";
import type { TunnelOptions } from "./options.ts";
import {
  commandOptions,
  environmentOf,
  type OperationOptions,
  signalOf,
} from "./operation.ts";
import { Place } from "./place.ts";
import { parseTunnel } from "./provided_parser.ts";
import type { Sendable, Streamable } from "./sendable.ts";
import { TreeOperations } from "./tree_operations.ts";

/** A way to a place where functions and commands can be run. */
export abstract class Tunnel extends TreeOperations implements AsyncDisposable {
  /** The name of the place, and the key of its results; unique within a group. */
  readonly host: string;

  #place: Place;
  #operation: OperationOptions = {};

  static {
    provideInside((tunnel) => {
      const self = tunnel as Tunnel; // Nothing else extends that class.
      return { place: self.#place, operation: self.#operation };
    });
  }

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
    return parseTunnel(text, options);
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
   * What can be called, and what cannot, is in the guide "What can I call?"
   * (`docs/guide/what_can_i_call.md`).
   *
   * @typeParam A The types of its arguments.
   * @typeParam R The type of its result.
   * @param fn Any function: a built-in and an export of a module go by their names, everything else
   * goes by value, with what it captured as it is now. All that they import goes along.
   * @param args Its arguments: anything that structured clone takes, errors and URLs included, and
   * streams, channels and asynchronous iterables, which become live streams between both sides.
   * @returns What it returns, or what its promise resolves to. Its type is `never` where that can
   * not be sent, such as a function; what an asynchronous generator makes comes as a stream.
   * @throws {RemoteError} If it throws.
   * @throws {ConnectError} If the place cannot be reached.
   * @throws {TunnelClosedError} If the connection breaks before it is through.
   * @throws {RealmTerminatedError} If its process ends before it is through.
   * @throws {SerializationError} If an argument, the result, or something that the function captured
   * cannot be sent.
   * @throws {TypeError} If the function itself cannot be sent.
   */
  call<A extends unknown[], R>(
    fn: (...args: A) => R,
    ...args: A
  ): Promise<Sendable<Awaited<R>>> {
    // Each `async` function on the way would cost a call time, and memory while it waits.
    try {
      if (typeof fn !== "function") {
        throw new TypeError("Cannot call what is no function");
      }
      return this.#place.call(fn, args, {
        signal: signalOf(this.#operation),
        environment: environmentOf(this.#operation, this.#place.options),
      }) as Promise<Sendable<Awaited<R>>>;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Runs a function there and gives what it yields as a stream, of which not much more is made there
   * than is read here. Cancelling it, or leaving a loop over it, runs the function's `finally` blocks.
   *
   * @example What a generator yields
   * ```ts
   * import { Local } from "tongs";
   * import { assertEquals } from "@std/assert";
   *
   * await using here = new Local();
   * const squares = here.stream(function* (n: number) {
   *   for (let i = 1; i <= n; i++) yield i * i;
   * }, 3);
   * assertEquals(await Array.fromAsync(squares), [1, 4, 9]);
   * ```
   *
   * Time limit and signal of {@linkcode Tunnel.with} hold until the stream ends. What goes wrong is
   * the error of the stream, after all that came before.
   *
   * @typeParam A The types of its arguments.
   * @typeParam T The type of what it yields.
   * @param fn A generator, or a function that returns a stream or anything to iterate over.
   * @param args Its arguments.
   */
  stream<A extends unknown[], T>(
    fn: (...args: A) => Streamable<T> | Promise<Streamable<T>>,
    ...args: A
  ): ReadableStream<Sendable<T>> {
    return streamCall(this.#place, this.#operation, fn as AnyFunction, args);
  }

  /**
   * Starts a function there with a channel as its first argument, and gives the other end of it. The
   * channel is closed when the function is through.
   *
   * @example A question at a time
   * ```ts
   * import { type Channel, Local } from "tongs";
   * import { assertEquals } from "@std/assert";
   *
   * await using here = new Local();
   * await using channel = here.open(
   *   async (channel: Channel<string, string>, greeting: string) => {
   *     for await (const name of channel) await channel.send(`${greeting}, ${name}`);
   *   },
   *   "Hello",
   * );
   * await channel.send("Ada");
   * assertEquals(await channel.receive(), "Hello, Ada");
   * ```
   *
   * @typeParam S The type of what is sent from here.
   * @typeParam R The type of what is received here.
   * @typeParam A The types of the further arguments.
   * @param fn The function.
   * @param args Its further arguments.
   * @returns The near end. What goes wrong, connecting included, is an error of its operations.
   */
  open<S, R, A extends unknown[]>(
    fn: (channel: Channel<R, S>, ...args: A) => unknown,
    ...args: A
  ): Channel<S, R> {
    return channelCall(this.#place, this.#operation, fn as AnyFunction, args);
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
   * The same tunnel, with operations that carry these options.
   *
   * @example A call that may take a second
   * ```ts
   * import { Local } from "tongs";
   * import { assertRejects } from "@std/assert";
   *
   * await using here = new Local();
   * const limited = here.with({ timeout: 1000 });
   * await assertRejects(() => limited.exec(["sleep", "60"]), DOMException, "timeout");
   * ```
   *
   * @param options What operations carry, on top of what they carry already: of two signals, either
   * cancels them.
   * @returns A view of this tunnel.
   */
  with(options: OperationOptions): this {
    // Made by this constructor alone: those of the subclasses would make a new place.
    const view: this = Reflect.construct(
      Tunnel,
      [this.host, this.#place, {}],
      this.constructor,
    );
    view.#operation = { ...this.#operation, ...options };
    const env = { ...this.#operation.env, ...options.env };
    if (Object.keys(env).length > 0) view.#operation.env = env;
    // Whatever cancels the operations of this tunnel cancels those of its views.
    const { signal } = this.#operation;
    if (signal !== undefined && options.signal !== undefined) {
      view.#operation.signal = AbortSignal.any([signal, options.signal]);
    }
    return view;
  }
}

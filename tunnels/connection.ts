// One connection to one agent: it comes up, calls go through it, it ends.

import { decodeValue } from "../wire/decode_value.ts";
import { encodeValue } from "../wire/encode_value.ts";
import { ProtocolError, TongsError } from "../wire/errors.ts";
import { FrameType } from "../wire/frame.ts";
import {
  MAX_INCOMING_STREAMS,
  MAX_MESSAGE_SIZE,
  MAX_REALMS,
  PROTOCOL_VERSION,
} from "../wire/limits.ts";
import { Link } from "../wire/link.ts";
import type {
  AgentHello,
  Bind,
  Failure,
  Hello,
  Log,
  Need,
  RealmExit,
} from "../wire/messages.ts";
import { Mux } from "../wire/mux.ts";
import type { Stream } from "../wire/stream.ts";
import type { ModuleAccessError } from "../modules/errors.ts";
import type { ModuleGraph } from "../modules/graph.ts";
import { Granted, ModuleProvider } from "../modules/provider.ts";
import type { FunctionReference } from "../modules/reference.ts";
import type { CarriedProcess, Carrier } from "./carrier.ts";
import { diagnose, shorten } from "./diagnose.ts";
import {
  ConnectError,
  RealmTerminatedError,
  TunnelClosedError,
} from "./errors.ts";
import { awaitMagic } from "./handshake.ts";
import { launch, type LaunchOptions } from "./launch.ts";
import type { LogSink } from "./log.ts";
import { RealmModules } from "./realm_modules.ts";
import { readLines, Tail } from "./tail.ts";

/** How long a carrier may take to end after its standard input was closed, in milliseconds. */
const CLOSE_GRACE = 2000;

/** How long to wait for the last words of a carrier that has ended, in milliseconds. */
const STDERR_GRACE = 200;

/** What a {@linkcode Connection} needs to know. */
export interface ConnectionOptions extends LaunchOptions {
  /** How to run the agent. */
  carrier: Carrier;
  /** The modules to serve. */
  graph: ModuleGraph;
  /** Takes what the far side says. */
  log: LogSink;
  /** How long the agent may take to come up, in milliseconds. */
  connectTimeout: number;
}

/** The environment of a call, where it is not that of the tunnel. */
export type CallEnvironment = Pick<Bind, "env" | "cwd">;

/** What came back of a call. */
export type Reply = { value: unknown } | { failure: Failure };

/** A connection to an agent. */
export class Connection {
  /** Resolves when the agent is up, and rejects with a `ConnectError` if it never is. */
  readonly ready: Promise<AgentHello>;
  /** Resolves when nothing of the connection is left on this side. */
  readonly ended: Promise<void>;

  #options: ConnectionOptions;
  #process: CarriedProcess;
  #command: string[];
  #reader: ReadableStreamBYOBReader;
  #buffer = new Uint8Array(256 * 1024);
  #writer: WritableStreamDefaultWriter<Uint8Array>;
  #link: Link;
  #mux: Mux;
  #hello = Promise.withResolvers<AgentHello>();
  #up = false;
  #stderr = new Tail();
  #closing = false;
  #failure: Error | undefined;
  #granted = new Granted();
  /** What each realm was sent, by its place. */
  #realms: RealmModules[] = [];
  /** The place of the realm of each environment that calls asked for. */
  #slots = new Map<string, number>([["", 0]]);

  /**
   * Starts the agent. What it needs, and everything up to the first call, is written without
   * waiting for an answer.
   *
   * @throws {ConnectError} If the carrier's command cannot be run on this machine.
   */
  constructor(options: ConnectionOptions) {
    this.#options = options;
    const { carrier, host } = options;
    const { argv, preamble, magic } = launch(options);
    this.#command = carrier.command(argv);
    try {
      this.#process = carrier.run(argv);
    } catch (cause) {
      throw new ConnectError(
        `Cannot connect to "${host}": cannot run ${
          shorten(this.#command.slice(0, 1))
        }: ${(cause as Error).message}`,
        { host, reason: "no-command", command: this.#command, cause },
      );
    }
    this.#reader = this.#process.stdout.getReader({ mode: "byob" });
    this.#writer = this.#process.stdin.getWriter();
    // A write fails when the command has ended, and its status says why.
    this.#writer.closed.catch(() => {});
    this.#writer.write(preamble).catch(() => {});
    this.#link = new Link({
      read: () => this.#read(),
      write: (bytes) => this.#writer.write(bytes),
      abort: () => this.#kill(),
    }, (type, stream, frame) => this.#mux.receive(type, stream, frame));
    this.#mux = new Mux(this.#link, {
      firstId: 1,
      step: 2,
      maxMessageSize: MAX_MESSAGE_SIZE,
      maxIncoming: MAX_INCOMING_STREAMS,
      onOpen: (stream, type, payload) => this.#serve(stream, type, payload),
      onControl: (type, payload) => this.#control(type, payload),
    });
    const hello: Hello = {
      version: PROTOCOL_VERSION,
      maxMessageSize: MAX_MESSAGE_SIZE,
    };
    this.#link.send(FrameType.Hello, 0, encodeValue(hello));
    this.ready = this.#hello.promise;
    this.ready.catch(() => {});
    this.ended = this.#run(magic);
  }

  /** Whether calls can go through. */
  get isOpen(): boolean {
    return !this.#closing && this.#failure === undefined;
  }

  /**
   * Runs a function in the agent.
   *
   * @param reference Which one.
   * @param args Its arguments.
   * @param signal Cancels the call.
   * @param environment The environment to run it in, if it is not that of the tunnel.
   */
  async call(
    { name, module }: FunctionReference,
    args: unknown[],
    signal?: AbortSignal,
    environment?: CallEnvironment,
  ): Promise<Reply> {
    const slot = this.#slot(environment);
    const modules = this.#modules(slot);
    if (module !== undefined && !modules.has(module)) {
      await modules.push(
        module,
        (payload) => this.#push(payload, slot, environment),
      );
    }
    signal?.throwIfAborted();
    if (this.#failure !== undefined) throw this.#failure;
    const payload = encodeValue({ fn: name, args, modules: modules.last }, "");
    this.#mux.checkSize(payload.length, "args");
    const stream = this.#open(slot, environment);
    const reply = Promise.withResolvers<Reply>();
    stream.onFail = reply.reject;
    stream.onMessage = (type, payload) => {
      this.#close(stream);
      if (type === FrameType.Result) {
        reply.resolve({ value: decodeValue(payload) });
      } else if (type === FrameType.Failure) {
        reply.resolve({ failure: decodeValue(payload) as Failure });
      } else {throw new ProtocolError(
          `Cannot take a message of type ${type} as a reply`,
        );}
    };
    const cancel = () => {
      this.#link.send(
        FrameType.Cancel,
        stream.id,
        encodeReason(signal!.reason),
      );
      this.#close(stream);
      reply.reject(signal!.reason);
    };
    signal?.addEventListener("abort", cancel);
    try {
      stream.send(FrameType.Call, payload)?.catch(() => {}); // The stream's end says why.
      return await reply.promise;
    } finally {
      signal?.removeEventListener("abort", cancel);
    }
  }

  /** Ends the agent, and with it all that it started. */
  async close(): Promise<void> {
    if (!this.#closing) {
      this.#closing = true;
      this.#fail(
        new TunnelClosedError(
          `The tunnel to "${this.#options.host}" was closed`,
        ),
      );
      this.#writer.close().catch(() => {});
      const timer = setTimeout(() => this.#kill(), CLOSE_GRACE);
      this.ended.finally(() => clearTimeout(timer));
    }
    await this.ended;
  }

  #slot(environment: CallEnvironment | undefined): number {
    if (environment === undefined) return 0;
    const key = JSON.stringify([
      environment.cwd,
      Object.entries(environment.env).sort(),
    ]);
    let slot = this.#slots.get(key);
    if (slot === undefined) {
      slot = this.#slots.size;
      if (slot >= MAX_REALMS) {
        throw new RangeError(
          `Cannot use more than ${
            MAX_REALMS - 1
          } environments with "${this.#options.host}"`,
        );
      }
      this.#slots.set(key, slot);
    }
    return slot;
  }

  #modules(slot: number): RealmModules {
    return this.#realms[slot] ??= new RealmModules(
      new ModuleProvider(
        this.#options.graph,
        this.#granted,
        (error) => this.#refused(error),
      ),
    );
  }

  /** Opens a stream to a realm. */
  #open(slot: number, environment: CallEnvironment | undefined): Stream {
    const stream = this.#mux.open();
    if (this.#up && this.#mux.size === 1) this.#process.ref();
    if (environment !== undefined) {
      const bind: Bind = { stream: stream.id, slot, ...environment };
      this.#link.send(FrameType.Bind, 0, encodeValue(bind));
    }
    return stream;
  }

  #close(stream: Stream): void {
    stream.close();
    // A script that forgets to close its tunnels ends all the same once its calls are through.
    if (this.#up && this.#mux.size === 0) this.#process.unref();
  }

  /** Sends modules to a realm. Returns the number of their stream. */
  #push(
    payload: Uint8Array,
    slot: number,
    environment: CallEnvironment | undefined,
  ): number {
    if (this.#failure !== undefined) throw this.#failure;
    const stream = this.#open(slot, environment);
    Promise.resolve(stream.send(FrameType.Modules, payload)).catch(() => {})
      .finally(() => this.#close(stream));
    return stream.id;
  }

  async #run(magic: string): Promise<void> {
    const { host, connectTimeout, log } = this.#options;
    const stderr = readLines(this.#process.stderr, (text) => {
      this.#stderr.push(text);
      if (this.#up) log({ host, level: "output", text });
    });
    const timer = setTimeout(() => {
      this.#fail(
        new ConnectError(
          `Cannot connect to "${host}": no agent came up within ${connectTimeout} ms, the command was: ${
            shorten(this.#command)
          }`,
          {
            host,
            reason: "timeout",
            command: this.#command,
            stderr: String(this.#stderr),
          },
        ),
      );
      this.#kill();
    }, connectTimeout);
    try {
      const handshake = await awaitMagic(() => this.#read(), magic);
      if (handshake !== undefined) {
        for (const text of handshake.noise.trim().split("\n")) {
          if (text !== "") log({ host, level: "output", text });
        }
        this.ready.then(() => clearTimeout(timer), () => {});
        await this.#link.run(handshake.head);
      } else {
        this.#kill("SIGTERM"); // Nothing but noise, or its end.
      }
    } catch (error) {
      this.#fail(this.#broken(error));
      this.#kill();
    }
    const kill = setTimeout(() => this.#kill(), CLOSE_GRACE);
    const status = await this.#process.status;
    clearTimeout(kill);
    clearTimeout(timer);
    // Its last words. A process that it left behind may hold its standard error open for ever, as
    // the master of an ssh connection does, and then they are not waited for.
    const linger = setTimeout(() => stderr.cancel(), STDERR_GRACE);
    await stderr.done;
    clearTimeout(linger);
    this.#writer.abort().catch(() => {});
    const { runtime } = this.#options;
    this.#fail(
      this.#up ? this.#ended(status) : diagnose({
        host,
        command: this.#command,
        ...(runtime === undefined ? {} : { runtime }),
        status,
        stderr: String(this.#stderr),
      }),
    );
  }

  async #read(): Promise<Uint8Array | undefined> {
    const { value } = await this.#reader.read(this.#buffer).catch(() => ({
      value: undefined,
    }));
    if (value === undefined || value.length === 0) return undefined;
    this.#buffer = new Uint8Array(value.buffer);
    return value;
  }

  #control(type: FrameType, payload: Uint8Array): void {
    const { host, log, graph } = this.#options;
    if (type === FrameType.Hello) {
      const hello = decodeValue(payload) as AgentHello;
      if (hello?.version !== PROTOCOL_VERSION) {
        throw new ProtocolError(
          `Cannot talk to the agent: it speaks version ${hello?.version} of the protocol, not ${PROTOCOL_VERSION}`,
        );
      }
      this.#up = true;
      if (this.#options.keepAlive > 0) {
        this.#link.keepAlive(this.#options.keepAlive);
      }
      if (this.#mux.size === 0) this.#process.unref();
      this.#hello.resolve(hello);
    } else if (type === FrameType.Log) {
      const { level, text } = decodeValue(payload) as Log;
      const record = { host, level, text: String(text) };
      if (!record.text.includes("tongs:///")) return log(record);
      import("../modules/stack.ts").then(async ({ translatePlaces }) => {
        log({ ...record, text: await translatePlaces(record.text, graph) });
      });
    } else if (type === FrameType.RealmExit) {
      this.#realmExited(decodeValue(payload) as RealmExit);
    } else {
      throw new ProtocolError(
        `Cannot take a message of type ${type} on the connection itself`,
      );
    }
  }

  /** A realm is gone: its calls fail, and the next one there starts with no modules. */
  #realmExited({ streams, slot, reason }: RealmExit): void {
    const { host } = this.#options;
    if (slot >= 0) delete this.#realms[slot];
    for (const id of streams) {
      const stream = this.#mux.get(id);
      if (stream === undefined || (id & 1) === 0) continue;
      this.#close(stream);
      stream.fail(
        new RealmTerminatedError(
          `The process that ran functions on "${host}" has ended: ${reason}; the next call starts a new one`,
        ),
      );
    }
  }

  async #serve(
    stream: Stream,
    type: FrameType,
    payload: Uint8Array,
  ): Promise<void> {
    if (type !== FrameType.Need) {
      throw new ProtocolError(
        `Cannot open a stream with a message of type ${type}`,
      );
    }
    const need = decodeValue(payload) as Need;
    stream.onFail = () => {};
    try {
      const { provider } = this.#modules((stream.id >>> 1) % MAX_REALMS);
      await stream.send(FrameType.Modules, await provider.answer(need));
    } catch (error) {
      stream.send(FrameType.Failure, encodeValue({ error, agent: true }));
    } finally {
      stream.close();
    }
  }

  #refused(error: ModuleAccessError): void {
    const { host, log } = this.#options;
    log({
      host,
      level: "warn",
      text: `Refused a request of "${host}": ${error.message}`,
    });
  }

  #broken(error: unknown): Error {
    if (error instanceof ProtocolError) {
      error.message =
        `The tunnel to "${this.#options.host}" broke: ${error.message}`;
      return error;
    }
    const text = error instanceof Error ? error.message : String(error);
    return new TunnelClosedError(
      `The tunnel to "${this.#options.host}" broke: ${text}`,
      {
        cause: error,
      },
    );
  }

  #ended({ code, signal }: Deno.CommandStatus): Error {
    const how = signal === null ? `with status ${code}` : `by ${signal}`;
    const stderr = String(this.#stderr);
    const said = stderr === "" ? "" : `\n${stderr.replace(/^/gm, "  | ")}`;
    return new TunnelClosedError(
      `The tunnel to "${this.#options.host}" broke: its command (${
        this.#command[0]
      }) ended ${how}${said}`,
    );
  }

  /** Lets everything that is under way fail; the first reason counts. */
  #fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#hello.reject(error);
    this.#link.close();
    this.#mux.close(error);
  }

  #kill(signal: Deno.Signal = "SIGKILL"): void {
    try {
      this.#process.kill(signal);
    } catch {
      // It has ended.
    }
  }
}

function encodeReason(reason: unknown): Uint8Array {
  try {
    return encodeValue(reason);
  } catch {
    return encodeValue(new TongsError(String(reason)));
  }
}

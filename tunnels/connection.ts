// One connection to one agent: it comes up, calls go through it, it ends.

import { FILES } from "../agent/bundle.gen.ts";
import type { ModuleSource } from "../modules/module_source.ts";
import { Granted, ModuleProvider } from "../modules/provider.ts";
import type { FunctionReference } from "../functions/types.ts";
import { abortable } from "../wire/abortable.ts";
import { decodeValue } from "../wire/decode_value.ts";
import { encodeValue } from "../wire/encode_value.ts";
import { ProtocolError } from "../wire/errors.ts";
import { FrameType } from "../wire/frame.ts";
import {
  MAX_INCOMING_STREAMS,
  MAX_MESSAGE_SIZE,
  MAX_REALMS,
  PROTOCOL_VERSION,
} from "../wire/limits.ts";
import { Link } from "../wire/link.ts";
import { Live } from "../wire/live.ts";
import type {
  AgentHello,
  Failure,
  FileRequest,
  Hello,
  RealmExit,
} from "../wire/messages.ts";
import { Mux } from "../wire/mux.ts";
import type { Stream } from "../wire/stream.ts";
import { AgentProcess, END_GRACE } from "./agent_process.ts";
import type { Carrier } from "./carrier.ts";
import {
  brokenError,
  connectTimeoutError,
  diagnose,
  lostError,
  noiseError,
} from "./diagnose.ts";
import { RealmTerminatedError, TunnelClosedError } from "./errors.ts";
import { deliver } from "./deliver.ts";
import { checkRemotePath } from "./given_path.ts";
import { awaitMagic } from "./handshake.ts";
import { launch, type LaunchOptions } from "./launch.ts";
import type { LogRecord, LogSink } from "./log.ts";
import { RealmSlots } from "./realm_slots.ts";
import { arrived } from "./remote_failure.ts";
import {
  type CallConnection,
  type CallOptions,
  remoteCall,
} from "./remote_call.ts";
import { Rest } from "./rest.ts";
import { attach, bind } from "./route.ts";
import { serveModules } from "./serve_modules.ts";
import { snapshot } from "./snapshot.ts";
import { Transfer } from "./transfer.ts";
import { readFailure, readHello, readLog, readRealmExit } from "./received.ts";

/** What a {@linkcode Connection} needs to know. */
export interface ConnectionOptions extends LaunchOptions {
  /** How to run the agent. */
  carrier: Carrier;
  /** The modules to serve. */
  graph: ModuleSource;
  /** Takes what the far side says. */
  log: LogSink;
  /** How long the agent may take to come up, in milliseconds. */
  connectTimeout: number;
  /** Makes an error of what code there threw. */
  remoteError(thrown: unknown): Error;
}

/** A connection to an agent. */
export class Connection {
  /** Resolves when the agent is up, and rejects with a `ConnectError` if it never is. */
  readonly ready: Promise<AgentHello>;
  /** Resolves when the agent's code is on its way. */
  readonly started: Promise<void>;

  #options: ConnectionOptions;
  #process: AgentProcess;
  #link: Link;
  #mux: Mux;
  #calls: CallConnection;
  #slots: RealmSlots;
  #hello = Promise.withResolvers<AgentHello>();
  #up = false;
  #servesFiles = false;
  #rest: Rest;
  #aliveTimer: ReturnType<typeof setTimeout> | undefined;
  #failure: Error | undefined;
  #ended: Promise<void>;

  /**
   * Starts the agent. What it needs, and everything up to the first call, is written without
   * waiting for an answer.
   *
   * @throws {ConnectError} If the carrier's command cannot be run on this machine.
   */
  constructor(options: ConnectionOptions) {
    this.#options = options;
    const { carrier, graph, host, remoteError } = options;
    const { argv, preamble, magic } = launch(options);
    this.#process = new AgentProcess(host, carrier, argv, (text) => {
      if (this.#up) this.#log("output", text);
    });
    this.started = this.#process.write(preamble)
      .catch(() => {}); // Its end says why.
    this.#link = new Link(
      this.#process,
      (type, stream, frame) => this.#mux.receive(type, stream, frame),
    );
    this.#mux = new Mux(this.#link, {
      firstId: 1,
      step: 2,
      maxMessageSize: MAX_MESSAGE_SIZE,
      maxIncoming: MAX_INCOMING_STREAMS,
      onOpen: (stream, type, payload) => this.#serve(stream, type, payload),
      onControl: (type, payload) => this.#control(type, payload),
      onIdle: () => this.#rest.begin(),
    });
    this.#rest = new Rest(
      this.#process,
      () => !this.#up || this.#mux.size > 0,
    );
    const live = new Live({
      mux: this.#mux,
      attach: (stream, parent) => attach(this.#link, stream, parent),
      encodeError: (error) => encodeValue({ error } satisfies Failure, ""),
      decodeError: (bytes) => arrived(remoteError(readFailure(bytes).error)),
    });
    this.#calls = { link: this.#link, mux: this.#mux, live, remoteError };
    const granted = new Granted();
    this.#slots = new RealmSlots(
      host,
      () =>
        new ModuleProvider(graph, granted, ({ message }) => {
          this.#log("warn", `Refused a request of "${host}": ${message}`);
        }),
    );
    const hello: Hello = {
      version: PROTOCOL_VERSION,
      maxMessageSize: MAX_MESSAGE_SIZE,
    };
    this.#link.send(FrameType.Hello, 0, encodeValue(hello));
    this.ready = this.#hello.promise;
    this.ready.catch(() => {});
    this.#ended = this.#run(magic);
  }

  /** Whether calls can go through. */
  get isOpen(): boolean {
    return this.#failure === undefined;
  }

  /**
   * Runs a function in the agent.
   *
   * @param fn Which one.
   * @param args Its arguments.
   * @param options How.
   */
  call(
    fn: FunctionReference,
    args: unknown[],
    options: CallOptions = {},
  ): Promise<unknown> {
    const { signal, environment } = options;
    const slot = this.#slots.find(environment);
    const modules = this.#slots.modules(slot);
    const lead = (stream: Stream) =>
      bind(this.#link, this.#options.host, stream.id, slot, environment);
    const run = () => {
      signal?.throwIfAborted();
      if (this.#failure !== undefined) throw this.#failure;
      const call = { fn: fn.name, args, modules: modules.last };
      return remoteCall(this.#calls, this.#open(), call, options, lead);
    };
    const missing = fn.modules.filter((module) => !modules.has(module));
    if (missing.length === 0) return run();
    args = snapshot(args);
    const push = async () => {
      for (const module of missing) {
        const pushed = modules.push(
          module,
          (payload) => this.#push(payload, lead),
          fn.keep,
        );
        await abortable(pushed, signal);
      }
      return await run();
    };
    return push();
  }

  /** Asks the supervisor to do something with its files; no realm has a part in it. */
  transfer(request: FileRequest, signal?: AbortSignal): Transfer {
    signal?.throwIfAborted();
    if (this.#failure !== undefined) throw this.#failure;
    checkRemotePath(this.#options.host, request.path);
    if (!this.#servesFiles) request = { ...request, code: FILES };
    this.#servesFiles = true;
    return new Transfer(this.#open(), request, signal);
  }

  /** Ends the agent, and with it all that it started. */
  async close(): Promise<void> {
    if (this.isOpen) {
      this.#fail(
        new TunnelClosedError(
          `The tunnel to "${this.#options.host}" was closed`,
        ),
      );
      // Whoever has not answered yet has nothing to clean up.
      this.#process.end(this.#up ? END_GRACE : END_GRACE / 8);
    }
    await this.#ended;
  }

  /** Opens a stream to a realm, or to the supervisor. */
  #open(): Stream {
    const stream = this.#mux.open();
    this.#rest.end();
    return stream;
  }

  /** Sends modules to a realm. Returns the number of their stream. */
  #push(payload: Uint8Array, lead: (stream: Stream) => void): number {
    if (this.#failure !== undefined) throw this.#failure;
    const stream = this.#open();
    try {
      lead(stream);
    } catch (error) {
      stream.close();
      throw error;
    }
    Promise.resolve(stream.send(FrameType.Modules, payload)).catch(() => {})
      .finally(() => stream.close());
    return stream.id;
  }

  async #run(magic: string): Promise<void> {
    const { host, connectTimeout } = this.#options;
    const process = this.#process;
    const timer = setTimeout(() => {
      this.#fail(connectTimeoutError(host, process, connectTimeout));
      process.kill();
    }, connectTimeout);
    this.ready.then(() => clearTimeout(timer), () => {});
    let cut: unknown;
    try {
      const handshake = await awaitMagic(() => process.read(), magic);
      if (handshake === "noise") {
        this.#fail(noiseError(host, process));
        process.kill();
      } else if (handshake !== "end") {
        this.#logLines(handshake.noise.trim());
        await this.#link.run(handshake.head);
      }
    } catch (error) {
      if (this.#link.isCut) cut = error;
      else {
        this.#fail(brokenError(host, error));
        process.kill();
      }
    }
    process.end();
    const status = await process.finish();
    clearTimeout(timer);
    // Whoever is killed may be in the middle of a frame.
    if (cut !== undefined && status.success) this.#fail(brokenError(host, cut));
    this.#fail(
      this.#up
        ? lostError(host, process, status)
        : diagnose(host, process, status, this.#options.runtime),
    );
  }

  #control(type: FrameType, payload: Uint8Array): void {
    const message = decodeValue(payload);
    if (type === FrameType.Hello) {
      if (this.#up) throw new ProtocolError("Cannot take a second hello");
      this.#begin(readHello(message));
    } else if (type === FrameType.Log) {
      const { level, text } = readLog(message);
      this.#log(level, text);
    } else if (type === FrameType.RealmExit) {
      this.#realmExited(readRealmExit(message));
    } else {
      throw new ProtocolError(
        `Cannot take a message of type ${type} on the connection itself`,
      );
    }
  }

  #begin(hello: AgentHello): void {
    const { keepAlive } = this.#options;
    this.#up = true;
    if (keepAlive > 0) {
      this.#link.keepAlive(keepAlive, (ms, callback) => {
        this.#aliveTimer = setTimeout(callback, ms);
        Deno.unrefTimer(this.#aliveTimer);
      });
    }
    if (this.#mux.size === 0) this.#rest.begin();
    // What the command said on its way here: banners, warnings.
    this.#logLines(this.#process.stderr);
    this.#hello.resolve(hello);
  }

  /** A realm is gone: its calls fail, and the next one in its place starts with no modules. */
  #realmExited({ streams, slot, reason }: RealmExit): void {
    this.#slots.forget(slot);
    for (const id of streams) {
      const stream = this.#mux.get(id);
      if (stream !== undefined && (id & 1) === 1) this.#lose(stream, reason);
    }
    if (slot < 0) return;
    // The streams that it opened itself.
    for (const stream of this.#mux) {
      if ((stream.id & 1) === 0 && (stream.id >>> 1) % MAX_REALMS === slot) {
        this.#lose(stream, reason);
      }
    }
  }

  /** Ends a stream of a realm that is gone. What has arrived can still be read. */
  #lose(stream: Stream, reason: string): void {
    stream.fail(
      new RealmTerminatedError(
        `The process that ran functions on "${this.#options.host}" has ended: ${reason}; ` +
          `the next call starts a new one`,
      ),
    );
    stream.dropParts();
    stream.detach();
  }

  #serve(stream: Stream, type: FrameType, payload: Uint8Array): void {
    const { provider } = this.#slots.modules((stream.id >>> 1) % MAX_REALMS);
    serveModules(provider, this.#link, stream, type, payload);
  }

  #logLines(lines: string): void {
    for (const text of lines.split("\n")) {
      if (text !== "") this.#log("output", text);
    }
  }

  #log(level: LogRecord["level"], text: string): void {
    deliver(this.#options, level, text);
  }

  /** Lets everything that is under way fail; the first reason counts. */
  #fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#rest.stop();
    clearTimeout(this.#aliveTimer);
    this.#hello.reject(error);
    this.#link.close();
    this.#mux.close(error);
  }
}

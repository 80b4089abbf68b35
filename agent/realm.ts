// The realm: the process that runs user code, and nothing else.

import { decodeValue } from "../wire/decode_value.ts";
import { encodeValue } from "../wire/encode_value.ts";
import { ProtocolError } from "../wire/errors.ts";
import { FrameType, HEADER_SIZE } from "../wire/frame.ts";
import { MAX_OPENED, MAX_REALMS } from "../wire/limits.ts";
import { Link, type Pipe } from "../wire/link.ts";
import { Live } from "../wire/live.ts";
import type {
  Call,
  Failure,
  FunctionName,
  Log,
  ModuleRecord,
  Modules,
  RealmHello,
} from "../wire/messages.ts";
import { Mux } from "../wire/mux.ts";
import type { Stream } from "../wire/stream.ts";
import { toError } from "../wire/to_error.ts";
import { builtin, find } from "./builtin.ts";
import { forwardConsole } from "./console.ts";
import { Loader, type Need } from "./loader.ts";
import { sendLog } from "./log.ts";
import { needBatch } from "./need.ts";
import { Pushes } from "./pushes.ts";
import { makeReadable } from "./readable_error.ts";
import {
  CallContext,
  provideRemote,
  running,
  runWith,
} from "./remote_context.ts";
import { takeStreams } from "./run_live.ts";
import { importer, type Maker, Shipped } from "./shipped.ts";
import type { RealmStart } from "./types.ts";

type AnyFunction = (...args: unknown[]) => unknown;

/** Runs a realm until its supervisor is gone. */
export async function runRealm(
  { input, output, head }: RealmStart,
): Promise<void> {
  const realm = new Realm(pipe(input, output));
  await realm.run(head).catch((error) => console.error(error));
  Deno.exit(0);
}

function pipe(input: Deno.FsFile, output: Deno.FsFile): Pipe {
  const buffer = new Uint8Array(128 * 1024);
  return {
    async read() {
      const count = await input.read(buffer);
      return count === null ? undefined : buffer.subarray(0, count);
    },
    async write(bytes) {
      while (bytes.length > 0) {
        bytes = bytes.subarray(await output.write(bytes));
      }
    },
    writeSync(bytes) {
      while (bytes.length > 0) bytes = bytes.subarray(output.writeSync(bytes));
    },
    abort: () => Deno.exit(1),
  };
}

/** Gives user code the `DENO_DIR` that the far side had before tongs set its own. */
function restoreEnvironment(): void {
  try {
    const original = Deno.env.get("TONGS_DENO_DIR");
    Deno.env.delete("TONGS_DENO_DIR");
    if (original) Deno.env.set("DENO_DIR", original);
    else Deno.env.delete("DENO_DIR");
  } catch {
    // Not permitted: then user code cannot see it either.
  }
}

class Realm {
  #link: Link;
  #mux: Mux | undefined;
  #live: Live | undefined;
  #need: Need;
  #loader: Loader;
  #shipped: Shipped;
  #functions = new Map<string, AnyFunction>();
  #pushes = new Pushes();

  constructor(pipe: Pipe) {
    this.#link = new Link(pipe, (type, stream, frame) => {
      if (this.#mux !== undefined) this.#mux.receive(type, stream, frame);
      else this.#begin(frame.subarray(HEADER_SIZE));
    });
    this.#need = needBatch(
      () => this.#mux!.open(),
      (modules) => this.#take(modules),
    );
    this.#loader = new Loader(this.#need);
    this.#shipped = new Shipped({
      import: (url) => this.#loader.import(url),
      importFrom: (referrer, specifier, options) =>
        this.#loader.importFrom(referrer, specifier, options),
      need: async (url) => void await this.#need(url, url),
      find: (name) => this.#find(name),
    });
    addEventListener("unload", () => this.#link.flush());
    restoreEnvironment();
    forwardConsole(
      (log) => this.#log(log),
      (text) => this.#loader.translate(text),
    );
  }

  run(head: Uint8Array): Promise<void> {
    return this.#link.run(head);
  }

  #begin(payload: Uint8Array): void {
    const hello = decodeValue(payload) as RealmHello;
    this.#pushes.after = hello.after;
    this.#mux = new Mux(this.#link, {
      firstId: hello.first,
      step: 2 * MAX_REALMS,
      maxMessageSize: hello.maxMessageSize,
      onOpen: (stream, type, payload) => this.#open(stream, type, payload),
    });
    this.#live = new Live({
      mux: this.#mux,
      maxOpen: MAX_OPENED,
      encodeError: (error) => this.#encodeError(error),
      decodeError: (bytes) => toError((decodeValue(bytes) as Failure).error),
    });
    provideRemote(hello, (log) => this.#log(log));
  }

  #open(stream: Stream, type: FrameType, payload: Uint8Array): void {
    if (type === FrameType.Modules) {
      stream.close();
      const modules = decodeValue(payload) as Modules;
      this.#pushes.take(stream.id, this.#take(modules));
    } else if (type === FrameType.Cancel) {
      // Its call has not even arrived.
      this.#fail(stream, decodeValue(payload));
    } else if (type === FrameType.Call) {
      this.#call(stream, decodeValue(payload, this.#live!.receiving) as Call);
    } else {
      throw new ProtocolError(
        `Cannot open a stream with a message of type ${type}`,
      );
    }
  }

  async #take({ records, deflated }: Modules): Promise<void> {
    if (records !== undefined) this.#add(records);
    if (deflated !== undefined) {
      const stream = new Blob([deflated as Uint8Array<ArrayBuffer>]).stream()
        .pipeThrough(new DecompressionStream("deflate-raw"));
      const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
      this.#add(decodeValue(bytes) as ModuleRecord[]);
    }
  }

  #add(records: ModuleRecord[]): void {
    const isShipped = ({ code, plan }: ModuleRecord) => code ?? plan;
    for (const record of records.filter(isShipped)) this.#shipped.add(record);
    this.#loader.add(records.filter((record) => !isShipped(record)));
  }

  async #call(stream: Stream, call: Call): Promise<void> {
    const context = new CallContext();
    running.add(context);
    stream.onMessage = (type, payload) => {
      if (type !== FrameType.Cancel) return;
      const reason = decodeValue(payload);
      context.abort(reason);
      stream.abandon(); // A result that waits for credit would wait for ever.
      this.#fail(stream, reason);
    };
    stream.onFail = (error) => context.abort(error);
    const run = takeStreams(this.#live!, call);
    try {
      const fn = "plan" in call.fn
        ? (this.#shipped.get(call.fn.plan) ??
          await this.#prepare(call.fn.plan, call.modules))(call.fn.values)
        : this.#function(call.fn) ?? await this.#load(call.fn, call.modules);
      if (context.aborted) return; // While its module was on its way.
      const value = run === undefined
        ? await runWith(context, () => fn(...call.args))
        : await run(fn, call.args, context);
      if (context.aborted) return this.#drop(stream, value, context);
      const sent = this.#answer(stream, value, context);
      if (sent !== undefined) await sent;
      stream.close();
    } catch (error) {
      if (!context.aborted) await this.#fail(stream, error);
    } finally {
      running.delete(context);
    }
  }

  #answer(
    stream: Stream,
    value: unknown,
    context: CallContext,
  ): Promise<void> | undefined {
    const sending = this.#live!.sending(stream.id);
    let bytes: Uint8Array;
    try {
      bytes = encodeValue(value, "result", sending);
      this.#mux!.checkSize(bytes.length, "result");
    } catch (error) {
      sending.release();
      throw error;
    }
    const sent = stream.send(FrameType.Result, bytes);
    if (sending.isEmpty) return sent;
    return Promise.resolve(sent).then(
      () => runWith(context, () => sending.begin()),
      (error) => {
        sending.abort(error);
        throw error;
      },
    );
  }

  /** Ends the streams in what a function returned, as nobody waits for it any more. */
  #drop(stream: Stream, value: unknown, context: CallContext): void {
    const sending = this.#live!.sending(stream.id);
    try {
      encodeValue(value, "result", sending);
    } catch {
      // It could not have been sent either.
    }
    sending.abort(context.signal.reason);
  }

  async #fail(stream: Stream, error: unknown): Promise<void> {
    await stream.send(FrameType.Failure, this.#encodeError(error));
    stream.close();
  }

  #encodeError(error: unknown): Uint8Array {
    try {
      makeReadable(error, (text) => this.#loader.translate(text));
      const payload = encodeValue({ error } satisfies Failure, "error");
      this.#mux!.checkSize(payload.length, "error");
      return payload;
    } catch (cause) {
      return encodeValue({ error: cause } satisfies Failure);
    }
  }

  #function(name: FunctionName): AnyFunction | undefined {
    if ("builtin" in name) return builtin(name.builtin);
    if ("importer" in name) {
      return importer(name.importer, {
        importFrom: (referrer, specifier, options) =>
          this.#loader.importFrom(referrer, specifier, options),
      });
    }
    return this.#functions.get(`${name.name} ${name.module}`);
  }

  async #prepare(plan: string, modules: number): Promise<Maker> {
    await this.#pushes.arrival(modules);
    return await this.#shipped.load(plan);
  }

  async #load(name: FunctionName, modules: number): Promise<AnyFunction> {
    if (!("module" in name)) {
      throw new TypeError(
        `Cannot call "${
          Object.values(name)[0]
        }" as the runtime here has no such function`,
      );
    }
    await this.#pushes.arrival(modules);
    const namespace = await this.#loader.import(name.module);
    const fn = namespace[name.name];
    if (typeof fn !== "function") {
      throw new TypeError(
        `Cannot call "${name.name}" as ${name.module} exports no such function: it exports ${
          Object.keys(namespace).join(", ") || "nothing"
        }`,
      );
    }
    this.#functions.set(`${name.name} ${name.module}`, fn as AnyFunction);
    return fn as AnyFunction;
  }

  /** What functions captured that is there under a name: functions, and modules as objects. */
  async #find(name: FunctionName): Promise<unknown> {
    if ("builtin" in name) {
      return find(name.builtin).value ?? await this.#load(name, 0);
    }
    if (!("module" in name)) return this.#function(name);
    const namespace = await this.#loader.import(name.module);
    return name.name === "*" ? namespace : namespace[name.name];
  }

  #log(log: Log): void {
    sendLog(this.#link, log);
    this.#link.flush(); // What follows may be a busy loop.
  }
}

// The supervisor: the process that the controller talks to. It relays frames between the
// controller and the realms, and ends what must end. It never runs user code, and it decodes
// nothing that user code sent but the head of each frame.

import { encodeValue } from "../wire/encode_value.ts";
import { decodeValue } from "../wire/decode_value.ts";
import { FrameType, HEADER_SIZE, isUpTo, readUint32 } from "../wire/frame.ts";
import {
  MAX_MESSAGE_SIZE,
  MAX_REALMS,
  PROTOCOL_VERSION,
} from "../wire/limits.ts";
import { Link, type Pipe } from "../wire/link.ts";
import type {
  AgentHello,
  Bind,
  Hello,
  Log,
  RealmExit,
} from "../wire/messages.ts";
import { FileServer } from "./file_server.ts";
import { sendLog } from "./log.ts";
import { Realm, type RealmPlace } from "./supervised_realm.ts";
import type { RealmProcess, SupervisorStart } from "./types.ts";
import { Watchdog } from "./watchdog.ts";

/** Runs the supervisor until the controller is gone. */
export async function supervise(start: SupervisorStart): Promise<void> {
  await new Supervisor(start).run(start.head);
}

/** How many streams the end of a realm names in one message, so that it fits in a frame. */
const MAX_IDS = 8000;

/** How long it may take at the end until no file is written any more, in milliseconds. */
const CLEAN_UP = 300;

class Supervisor {
  #start: SupervisorStart;
  #link: Link;
  #watchdog = new Watchdog();
  #files: FileServer;
  #realms: (Realm | undefined)[] = [];
  /** The realms of calls that asked for an environment of their own. */
  #bound = new Map<number, Bind>();
  /** The open streams of the controller that lead to a realm. */
  #streams = new Map<number, Realm>();
  /** The newest stream of the controller, and the newest at the end of the last realm. */
  #newest = 0;
  #over = 0;
  /** The newest stream that a realm in each place has opened. */
  #opened: number[] = [];
  #maxMessageSize = MAX_MESSAGE_SIZE;

  constructor(start: SupervisorStart) {
    this.#start = start;
    this.#link = new Link(
      stdio(() => this.#end()),
      (type, stream, frame) => this.#receive(type, stream, frame),
    );
    this.#files = new FileServer(this.#link, {
      cwd: start.config.cwd,
      hold: (path) => this.#watchdog.hold(path),
    });
  }

  async run(head: Uint8Array): Promise<void> {
    const { config, realm } = this.#start;
    await Deno.stdout.write(new TextEncoder().encode(`\n${config.magic}\n`));
    const hello: AgentHello = {
      version: PROTOCOL_VERSION,
      maxMessageSize: MAX_MESSAGE_SIZE,
      pid: Deno.pid,
      deno: Deno.version.deno,
      os: Deno.build.os,
      arch: Deno.build.arch,
    };
    this.#link.send(FrameType.Hello, 0, encodeValue(hello));
    this.#adopt(realm, { slot: 0, env: config.env, cwd: config.cwd });
    if (config.keepAlive > 0) this.#link.keepAlive(config.keepAlive, after);
    // It can wait until the first call is through.
    after(500, () => this.#setTitle());
    try {
      await this.#link.run(head);
    } catch (error) {
      console.error(`tongs: ${error instanceof Error ? error.message : error}`);
    } finally {
      this.#end();
    }
  }

  /** Sets the title for `ps` where stage 0 could not. It takes 36 ms and 6 MiB. */
  #setTitle(): void {
    const { title } = this.#start.config;
    try {
      const args = Deno.readTextFileSync("/proc/self/cmdline");
      if (args.startsWith(title)) return;
    } catch {
      // Not Linux.
    }
    (globalThis as unknown as { process: { title: string } }).process.title =
      title;
  }

  #end(): void {
    for (const realm of this.#realms) realm?.kill();
    if (!this.#files.isBusy) Deno.exit(0);
    // Whoever sees this process end finds nothing half written, however slow this machine is. The
    // watchdog would get to it later.
    this.#watchdog.removeFiles();
    this.#files.end().then(() => Deno.exit(0));
    after(CLEAN_UP, () => Deno.exit(0));
  }

  /** Takes a frame from the controller. */
  #receive(type: FrameType, stream: number, frame: Uint8Array): void {
    if (stream === 0) return this.#control(type, frame.subarray(HEADER_SIZE));
    if (type === FrameType.Attach) {
      return this.#attach(stream, readUint32(frame, HEADER_SIZE));
    }
    if (this.#files.takes(type, stream)) {
      return this.#files.receive(type, stream, frame);
    }
    const realm = (stream & 1) === 0
      ? this.#realms[(stream >>> 1) % MAX_REALMS] // A stream that a realm opened.
      : this.#streams.get(stream) ?? this.#assign(type, stream);
    if (realm === undefined) {
      // The rest of a stream that is over. A ping is answered all the same, as the controller sends
      // no other before, and likewise for ours.
      if (type === FrameType.Ping) this.#link.answerPing(stream);
      if (type === FrameType.Pong) this.#files.receive(type, stream, frame);
      // What was sent last has crossed it, and may have named streams that are to end.
      if (type === FrameType.Cancel || type === FrameType.Reset) {
        for (const realm of this.#realms) realm?.link.relay(frame);
      }
      return;
    }
    if (type === FrameType.Cancel) {
      // What the realm never saw is cancelled by keeping it.
      if (realm.dropHeld(stream)) return void this.#streams.delete(stream);
      realm.expectAnswer(stream, this.#start.config.grace);
    }
    realm.relay(stream, frame);
    // Nothing answers a push of modules, so that its last frame is the end of its stream.
    if (
      (type === FrameType.Modules && (stream & 1) === 1) || isLast(type)
    ) this.#streams.delete(stream);
  }

  /** Notes that a stream of the controller leads to the realm of another one. */
  #attach(stream: number, parent: number): void {
    const realm = (parent & 1) === 0
      ? this.#realms[(parent >>> 1) % MAX_REALMS]
      : this.#streams.get(parent) ?? this.#assign(FrameType.Call, parent);
    if (realm === undefined) return this.#exited(-1, [stream], "it is gone");
    if (isUpTo(this.#newest, stream)) this.#newest = stream;
    this.#streams.set(stream, realm);
    realm.attach(stream, parent);
  }

  #control(type: FrameType, payload: Uint8Array): void {
    if (type === FrameType.Hello) {
      this.#maxMessageSize = (decodeValue(payload) as Hello).maxMessageSize;
    } else if (type === FrameType.Bind) {
      const bind = decodeValue(payload) as Bind;
      this.#bound.set(bind.stream, bind);
    }
  }

  /** The realm of a stream that the controller opens with this frame. */
  #assign(type: FrameType, stream: number): Realm | undefined {
    if (type < FrameType.Call && type !== FrameType.Part) return undefined;
    if (type === FrameType.Cancel) return undefined;
    if (isUpTo(stream, this.#over)) {
      // It may have begun in a realm that is no more, and what is missing there is lost.
      this.#exited(-1, [stream], "it was replaced");
      return undefined;
    }
    if (isUpTo(this.#newest, stream)) this.#newest = stream;
    const { env, cwd } = this.#start.config;
    const bind = this.#bound.get(stream) ?? { stream, slot: 0, env, cwd };
    this.#bound.delete(stream);
    const realm = this.#realms[bind.slot] ?? this.#spawn(bind);
    if (realm !== undefined) this.#streams.set(stream, realm);
    return realm;
  }

  #spawn({ stream, slot, env, cwd }: Bind): Realm | undefined {
    const { config, spawnRealm } = this.#start;
    try {
      env = { ...config.env, ...env };
      return this.#adopt(spawnRealm(env, cwd), { slot, env, cwd });
    } catch (error) {
      const why = error instanceof Error ? error.message : error;
      this.#exited(slot, [stream], `it cannot start: ${why}`);
      return undefined;
    }
  }

  #adopt(process: RealmProcess, place: RealmPlace): Realm {
    const { slot } = place;
    const realm = new Realm(process, place, {
      onFrame: (type, stream, frame) => this.#relay(realm, type, stream, frame),
      onLine: (text) => this.#log({ level: "output", text }),
      onExit: (reason) => this.#forget(realm, reason),
      drained: () => this.#link.drained(),
    });
    this.#realms[slot] = realm;
    this.#watch();
    const { config } = this.#start;
    realm.begin({
      version: PROTOCOL_VERSION,
      maxMessageSize: this.#maxMessageSize,
      slot,
      first: this.#firstOf(slot),
      path: config.path,
      depthLimit: config.depthLimit,
      after: this.#over,
    });
    return realm;
  }

  /** Streams that go on where those of the last realm in this place ended. */
  #firstOf(slot: number): number {
    const step = 2 * MAX_REALMS;
    const next = (this.#opened[slot] ?? 2 * slot) + step;
    return next <= 0xffff_ffff ? next : 2 * slot + step;
  }

  /** Takes a frame from a realm, which is as little to be trusted as the code it runs. */
  #relay(
    realm: Realm,
    type: FrameType,
    stream: number,
    frame: Uint8Array,
  ): void {
    if (stream === 0) {
      if (type === FrameType.Log) this.#link.relay(frame);
      return;
    }
    if ((stream & 1) === 0) {
      if ((stream >>> 1) % MAX_REALMS !== realm.slot) return;
      const newest = this.#opened[realm.slot];
      if (newest === undefined || !isUpTo(stream, newest)) {
        this.#opened[realm.slot] = stream;
      }
    } else {
      if (this.#streams.get(stream) !== realm) return;
      if (type === FrameType.Result || type === FrameType.Failure) {
        realm.answered(stream);
        this.#streams.delete(stream);
      } else if (isLast(type)) this.#streams.delete(stream);
    }
    this.#link.relay(frame);
  }

  #forget(realm: Realm, reason: string): void {
    this.#realms[realm.slot] = undefined;
    this.#watch();
    this.#over = this.#newest;
    const held = realm.takeHeld();
    const streams = [...this.#streams]
      .filter(([id, owner]) => owner === realm && !held.has(id))
      .map(([id]) => id);
    for (const stream of streams) this.#streams.delete(stream);
    this.#exited(realm.slot, streams, reason);
    // What it never saw goes to the next one.
    for (const [stream, frames] of held) {
      const next = this.#realms[realm.slot] ??
        this.#spawn({ ...realm, stream });
      if (next === undefined) this.#streams.delete(stream);
      else if (this.#streams.has(stream)) this.#streams.set(stream, next);
      for (const frame of frames) next?.relay(stream, frame);
    }
  }

  #exited(slot: number, streams: number[], reason: string): void {
    for (let i = 0; i === 0 || i < streams.length; i += MAX_IDS) {
      const exit: RealmExit = {
        streams: streams.slice(i, i + MAX_IDS),
        slot: i === 0 ? slot : -1,
        reason,
      };
      this.#link.send(FrameType.RealmExit, 0, encodeValue(exit));
    }
  }

  #watch(): void {
    this.#watchdog.watch(
      this.#realms.flatMap((realm) => realm === undefined ? [] : [realm.pid]),
    );
  }

  #log(log: Log): void {
    sendLog(this.#link, log);
  }
}

/** Whether nothing but credit follows on a stream that carries data one way. */
function isLast(type: FrameType): boolean {
  return type === FrameType.End || type === FrameType.Reset;
}

/** Calls back later. The first `setTimeout` of a process costs 14 ms and 3 MiB, this does not. */
function after(ms: number, callback: () => void): void {
  AbortSignal.timeout(ms).addEventListener("abort", callback);
}

function stdio(abort: () => void): Pipe {
  const buffer = new Uint8Array(256 * 1024);
  return {
    async read() {
      const count = await Deno.stdin.read(buffer).catch(() => null);
      return count === null ? undefined : buffer.subarray(0, count);
    },
    async write(bytes) {
      while (bytes.length > 0) {
        bytes = bytes.subarray(await Deno.stdout.write(bytes));
      }
    },
    writeSync(bytes) {
      while (bytes.length > 0) {
        bytes = bytes.subarray(Deno.stdout.writeSync(bytes));
      }
    },
    abort,
  };
}

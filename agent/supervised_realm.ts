// A realm from the outside: its process, its link, its output, its end.

import { encodeValue } from "../wire/encode_value.ts";
import { FrameType, isUpTo, type OnFrame } from "../wire/frame.ts";
import { Link } from "../wire/link.ts";
import type { RealmHello } from "../wire/messages.ts";
import type { RealmProcess } from "./types.ts";

/** The longest line of output that stays in one piece, in bytes. */
const MAX_LINE = 16 * 1024;

/** How long what a realm wrote last may take to arrive once it has ended, in milliseconds: twice. */
const LINGER = 100;

/** How many reads at most bring what its pipes hold, which is 64 KiB each. */
const MAX_READS = 8;

/** What a {@linkcode Realm} reports. */
export interface RealmEvents {
  /** A frame arrived. */
  onFrame: OnFrame;
  /** A line was printed by the realm or one of its children. */
  onLine(text: string): void;
  /** The process has ended. */
  onExit(reason: string): void;
  /** Resolves when the controller keeps up. */
  drained(): Promise<void>;
}

/** Which realm it is. */
export interface RealmPlace {
  /** Its place among the realms of this agent. */
  slot: number;
  /** Its environment, on top of that of the agent. */
  env: Record<string, string>;
  /** Its working directory, if it is not that of the agent. */
  cwd: string | null;
}

/** A realm and its link. */
export class Realm implements RealmPlace {
  /** Its place among the realms of this agent. */
  readonly slot: number;
  /** Its environment, on top of that of the agent. */
  readonly env: Record<string, string>;
  /** Its working directory, if it is not that of the agent. */
  readonly cwd: string | null;
  /** Its process, which leads a process group of its own. */
  readonly pid: number;
  /** Frames to it. */
  readonly link: Link;

  #process: Deno.ChildProcess;
  #events: RealmEvents;
  #unanswered = new Set<number>();
  #held = new Map<number, Uint8Array[]>();
  #reason: string | undefined;
  #over = false;
  /** How many of its pipes wait for the controller. */
  #heldBack = 0;
  /** How often its pipes were read. */
  #reads = 0;
  /** The newest stream that it was sent. */
  #last = 0;

  constructor(
    { process, writer }: RealmProcess,
    { slot, env, cwd }: RealmPlace,
    events: RealmEvents,
  ) {
    this.slot = slot;
    this.env = env;
    this.cwd = cwd;
    this.pid = process.pid;
    this.#process = process;
    this.#events = events;
    const reader = process.stdout.getReader({ mode: "byob" });
    let buffer = new Uint8Array(128 * 1024);
    this.link = new Link({
      read: async () => {
        await this.#drained();
        const { value } = await reader.read(buffer).catch(() => ({
          value: undefined,
        }));
        if (value === undefined || value.length === 0) return undefined;
        buffer = new Uint8Array(value.buffer);
        return value;
      },
      write: (bytes) => writer.write(bytes),
      abort: () => this.kill("it broke the protocol"),
    }, events.onFrame);
  }

  /** Lets frames flow. */
  begin(hello: RealmHello): void {
    this.link.send(FrameType.Hello, 0, encodeValue(hello));
    const frames = this.link.run().catch((error) =>
      this.kill(`it broke the protocol: ${error.message}`)
    );
    const lines = this.#readLines();
    this.#process.status.then(async (status) => {
      await this.#linger(Promise.all([frames, lines]));
      this.kill(); // What is left of its process group.
      this.#over = true;
      this.#events.onExit(this.#reason ?? describe(status));
    });
  }

  /** Notes that the realm was asked to stop a call and must say something within `grace` ms. */
  expectAnswer(stream: number, grace: number): void {
    this.#unanswered.add(stream);
    AbortSignal.timeout(grace).addEventListener("abort", () => {
      if (this.#unanswered.has(stream)) {
        this.kill(`it did not answer a cancellation within ${grace} ms`);
      }
    });
  }

  /** Notes that a call is over. */
  answered(stream: number): void {
    if (!this.#unanswered.delete(stream) || this.#unanswered.size > 0) return;
    for (const frames of this.takeHeld().values()) {
      for (const frame of frames) this.link.relay(frame);
    }
  }

  /**
   * Sends on a frame of the controller.
   *
   * A realm answers a cancellation as soon as it reads it. So while it has not, it has read
   * nothing that came after it either, and streams that began since are held back: if the realm
   * turns out to be stuck, the next one can have them.
   */
  relay(stream: number, frame: Uint8Array): void {
    this.#begin(stream);
    const held = this.#held.get(stream);
    if (held === undefined) this.link.relay(frame);
    else held.push(frame.slice());
  }

  /** Notes that a message of one stream names another, which is held back if that one is. */
  attach(stream: number, parent: number): void {
    this.#begin(parent);
    if (this.#held.has(parent)) this.#held.set(stream, []);
    this.#note(stream);
  }

  #begin(stream: number): void {
    if (this.#note(stream) && this.#unanswered.size > 0) {
      this.#held.set(stream, []);
    }
  }

  /** Notes a stream, and says whether it is new. Older ones still have frames after it began. */
  #note(stream: number): boolean {
    const isNew = (stream & 1) === 1 && !isUpTo(stream, this.#last);
    if (isNew) this.#last = stream;
    return isNew;
  }

  /** Forgets the frames of a stream that were held back. Returns whether there were any. */
  dropHeld(stream: number): boolean {
    return this.#held.delete(stream);
  }

  /** The frames that were held back. */
  takeHeld(): Map<number, Uint8Array[]> {
    const held = this.#held;
    this.#held = new Map();
    return held;
  }

  /** Ends the realm and all that it started. */
  kill(reason?: string): void {
    if (this.#over) return; // Its number may be another's by now.
    this.#reason ??= reason;
    this.link.close();
    try {
      Deno.kill(-this.pid, "SIGKILL");
    } catch {
      // Nothing of it is left.
    }
  }

  /** Waits until all is read that it wrote, as fast as the controller takes it. */
  async #linger(all: Promise<unknown>): Promise<void> {
    let isOver = false;
    let wake = () => {};
    all.then(() => {
      isOver = true;
      wake();
    });
    // A child that user code left behind may hold its pipes open for ever, and write for ever: then
    // its own words, which its pipes held, come first. And this process may itself have stood still
    // for all of one wait.
    const last = this.#reads + MAX_READS;
    for (let waits = 0; waits < 2 && !isOver;) {
      await new Promise<void>((resolve) => {
        wake = resolve;
        AbortSignal.timeout(LINGER).addEventListener("abort", () => resolve());
      });
      if (this.#heldBack === 0 || this.#reads > last) waits++;
    }
  }

  /** Waits until the controller keeps up. */
  async #drained(): Promise<void> {
    this.#reads++;
    this.#heldBack++;
    await this.#events.drained();
    this.#heldBack--;
  }

  async #readLines(): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    try {
      for await (const bytes of this.#process.stderr) {
        const lines = (rest + decoder.decode(bytes, { stream: true })).split(
          "\n",
        );
        rest = lines.pop()!;
        for (const line of lines) this.#events.onLine(line.replace(/\r$/, ""));
        if (rest.length > MAX_LINE) {
          this.#events.onLine(rest);
          rest = "";
        }
        await this.#drained();
      }
    } catch {
      // The pipe broke with the process.
    }
    if (rest !== "") this.#events.onLine(rest);
  }
}

function describe({ code, signal }: Deno.CommandStatus): string {
  return signal === null
    ? `it exited with status ${code}`
    : `it was ended by ${signal}`;
}

// The sending half of a link: frames that are sent close together are written together, large
// pieces wait for their turn, and each side asks the other what it has read.

import { FrameType, HEADER_SIZE, writeHeader } from "./frame.ts";
import {
  BULK_MARK,
  HIGH_WATER_MARK,
  MAX_FRAME_SIZE,
  SYNC_WRITE_LIMIT,
} from "./limits.ts";
import { Pace } from "./pace.ts";

/** Where bytes go. */
export interface BytePipe {
  /** Writes all of the bytes, which must stay unchanged until then. */
  write(bytes: Uint8Array): Promise<void>;
  /** Writes all of the bytes, blocking. Only used where they are known to have room. */
  writeSync?(bytes: Uint8Array): void;
}

/** What a large piece is of: a message, which somebody waits for, or what stands back for those. */
type Kind = "message" | "bulk";

/** What large pieces are sent as. */
const PACED: ReadonlySet<FrameType> = new Set([
  FrameType.Part,
  FrameType.Data,
  FrameType.Live,
]);

const TURN = Promise.resolve();
const EMPTY = new Uint8Array();
const SMALL_BUFFER = MAX_FRAME_SIZE;

/** Sends frames. */
export class Output {
  #pipe: BytePipe;
  #buffer: Uint8Array = new Uint8Array(SMALL_BUFFER);
  #spare: Uint8Array = EMPTY;
  #used = 0;
  #writing = 0;
  #scheduled = false;
  #drained: PromiseWithResolvers<void> | undefined;
  #ready = new Map<Kind, PromiseWithResolvers<void>>();

  #pace = new Pace();
  #acknowledged = 0;
  /** How much the other side is to be told that it was received. */
  #answer: number | undefined;

  #closed = false;
  #nextTurn = () => void TURN.then(this.#flushNow);
  #flushNow = () => this.#flush();

  constructor(pipe: BytePipe) {
    this.#pipe = pipe;
  }

  /** Bytes that wait to be written. */
  get pending(): number {
    return this.#used + this.#writing;
  }

  /** Whether nothing more is written. */
  get isClosed(): boolean {
    return this.#closed;
  }

  /** Sends a frame. Frames that are sent close together are written together. */
  send(type: FrameType, stream: number, payload: Uint8Array = EMPTY): void {
    if (payload.length > MAX_FRAME_SIZE) {
      const size = payload.length;
      throw new RangeError(
        `Cannot send a frame of ${size} bytes: it is too large`,
      );
    }
    if (this.#closed) return;
    if (type === FrameType.Call) this.#pace.call();
    const offset = this.#reserve(HEADER_SIZE + payload.length);
    writeHeader(this.#buffer, offset, payload.length, type, stream);
    this.#buffer.set(payload, offset + HEADER_SIZE);
    if (PACED.has(type)) this.#pace.piece(this.#used);
  }

  /** Sends on a frame that another link received, header included. */
  relay(frame: Uint8Array): void {
    if (this.#closed) return;
    if (frame[4] === FrameType.Call) this.#pace.call();
    const offset = this.#reserve(frame.length); // May replace the buffer.
    this.#buffer.set(frame, offset);
  }

  /** Writes what waits at once, because this process may not get to it later. */
  flush(): void {
    if (this.#writing > 0 || this.#used === 0) return;
    if (this.#pipe.writeSync === undefined) return;
    this.#note();
    this.#pipe.writeSync(this.#buffer.subarray(0, this.#used));
    this.#used = 0;
    this.#resume();
  }

  /** Resolves when few enough bytes wait that a producer may go on. */
  drained(): Promise<void> {
    if (this.pending < HIGH_WATER_MARK || this.#closed) {
      return Promise.resolve();
    }
    this.#drained ??= Promise.withResolvers();
    return this.#drained.promise;
  }

  /**
   * Resolves when a large piece may be sent, and what comes after it need not wait for long. Others
   * may have waited for that too, so that {@linkcode Output.isReady} says whether it still may.
   */
  ready(kind: Kind): Promise<void> {
    if (this.isReady(kind)) return Promise.resolve();
    const ready = this.#ready.get(kind) ?? Promise.withResolvers();
    this.#ready.set(kind, ready);
    return ready.promise;
  }

  /** Whether a large piece may be sent right now. */
  isReady(kind: Kind): boolean {
    if (this.#closed) return true;
    // One is under way at least: else those who call without a pause could keep it for ever.
    if (this.#pace.isThrough) return true;
    if (this.pending >= BULK_MARK) return false;
    if (this.#pace.allows(this.pending, kind === "bulk")) return true;
    // Without an answer on its way it would wait for ever, and less may be allowed than before.
    if (this.pending === 0 && this.#pace.isAnswered) this.#mark();
    return false;
  }

  /** Notes that there was a call. */
  noteCall(): void {
    this.#pace.call();
  }

  /** Notes how much the other side has received, as it says. */
  acknowledged(total: number): void {
    this.#pace.read((total - this.#acknowledged) >>> 0);
    this.#acknowledged = total;
    if (this.#ready.size > 0) this.#resume();
  }

  /** Says how much was received, with what is written next. */
  acknowledge(received: number): void {
    this.#answer = received;
    this.#schedule();
  }

  /** Writes nothing more; what waits is dropped. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#used = 0;
    this.#resume();
  }

  /** Lets producers go on, if they may. */
  #resume(): void {
    if (this.#closed || this.pending < HIGH_WATER_MARK) {
      this.#drained?.resolve();
      this.#drained = undefined;
    }
    for (const [kind, { resolve }] of this.#ready) {
      if (!this.isReady(kind)) continue;
      this.#ready.delete(kind);
      resolve();
    }
  }

  /** Asks how much was received. */
  #mark(): void {
    this.send(FrameType.Mark, 0);
    this.#pace.isAsking = true;
  }

  /** Makes room for a frame and sees to it that it is written. Returns its place. */
  #reserve(size: number): number {
    const offset = this.#used;
    if (offset + size > this.#buffer.length) {
      const larger = new Uint8Array(
        Math.max(this.#buffer.length * 2, offset + size),
      );
      larger.set(this.#buffer.subarray(0, offset));
      this.#buffer = larger;
    }
    this.#used = offset + size;
    this.#schedule();
    return offset;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    // Two turns, so that what is sent close together is written together. Promises take a
    // third of the time of queueMicrotask().
    TURN.then(this.#nextTurn);
  }

  /** Notes what is about to be written, and may add to it. */
  #note(): void {
    if (this.#pace.wantsAnswer(this.#used)) this.#mark();
    this.#pace.write(this.#used);
  }

  #flush(): void {
    if (this.#answer !== undefined && this.#writing === 0) {
      // One answer however often it was asked: nothing grows with what the other side sends.
      this.send(FrameType.Ack, this.#answer);
      this.#answer = undefined;
    }
    this.#scheduled = false;
    if (this.#writing > 0 || this.#used === 0) return;
    const { underWay } = this.#pace;
    this.#note();
    const buffer = this.#buffer;
    const bytes = buffer.subarray(0, this.#used);
    // Not more than SYNC_WRITE_LIMIT bytes have been written that the other side has not read, so
    // the pipe has room and a blocking write does not block: no round trip through a thread.
    if (
      this.#pipe.writeSync !== undefined &&
      underWay + bytes.length <= SYNC_WRITE_LIMIT
    ) {
      this.#used = 0;
      try {
        this.#pipe.writeSync(bytes);
      } catch {
        this.close(); // The reader sees the end of the connection and says what it means.
      }
      return;
    }
    this.#writing = bytes.length;
    this.#used = 0;
    this.#buffer = this.#spare.length > 0
      ? this.#spare
      : new Uint8Array(SMALL_BUFFER);
    this.#pipe.write(bytes).then(() => {
      this.#spare = buffer.length > 4 * SMALL_BUFFER ? EMPTY : buffer;
      this.#writing = 0;
      this.#resume();
      this.#flush();
    }, () => this.close());
  }
}

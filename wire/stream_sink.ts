// Values that leave through a stream of a connection: each with its length before it, many of them
// in one piece of data where they are small.

import { ChannelClosedError } from "./errors.ts";
import { FrameType, writeUint32 } from "./frame.ts";
import type { Sink } from "./items.ts";
import { LIVE_COST, MAX_FRAME_SIZE } from "./limits.ts";
import type { Stream } from "./stream.ts";
import { toError } from "./to_error.ts";
import { nextTurn } from "./turn.ts";

/** The size of what says how long a value is, in bytes. */
export const LENGTH_SIZE = 4;

/** Set in the length of a value that names other streams. */
export const LIVE = 0x8000_0000;

/** How much is sent in one piece, in bytes. */
const PIECE = MAX_FRAME_SIZE / 4;

/** How much may wait for credit before the sender should, in bytes. */
const MAX_WAITING = 2 * PIECE;

/**
 * After how many turns of the event loop's own queue what was sent leaves. A program that sends one
 * value after the other takes some turns for each, and everything else takes far longer.
 */
const TURNS = 12;

/** For how long values are taken without letting anything else have its turn, in milliseconds. */
const MAX_WORK = 2;

/** A value as it goes. */
export interface EncodedItem {
  /** Its bytes, valid until the next one is encoded. */
  bytes: Uint8Array;
  /** The streams that it names, if there are any. */
  sending?: { begin(): void; abort(reason: unknown): void };
}

/** What makes bytes of values and reasons. */
export interface ItemEncoder {
  /** Encodes a value. */
  encode(value: unknown): EncodedItem;
  /** Encodes why a stream ends. */
  encodeReason(reason: unknown): Uint8Array;
  /** Makes an error of what the other side encoded. */
  decodeReason(bytes: Uint8Array): Error;
}

/** Sends values through a stream. */
export class StreamSink implements Sink {
  readonly closed: Promise<void>;
  #stream: Stream;
  #encoder: ItemEncoder;
  #over = Promise.withResolvers<void>();
  #failure: Error | undefined;
  #piece = new Uint8Array(PIECE);
  #used = 0;
  #waiting = 0;
  #scheduled = false;
  /** When everything else last had its turn. */
  #rested = -Infinity;
  #sent: Promise<void> = Promise.resolve();

  constructor(stream: Stream, encoder: ItemEncoder) {
    this.#stream = stream;
    this.#encoder = encoder;
    this.closed = this.#over.promise;
    this.closed.catch(() => {}); // Whoever sends hears of it.
    stream.readReason = (payload) =>
      payload.length === 0
        ? new ChannelClosedError("The other side takes no more")
        : encoder.decodeReason(payload);
    stream.onFail = (error) => this.#fail(error);
  }

  send(value: unknown): Promise<void> | undefined {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const { bytes, sending } = this.#encoder.encode(value);
    const size = LENGTH_SIZE + bytes.length;
    if (size > PIECE || sending !== undefined) {
      this.#flush();
      const alone = new Uint8Array(size);
      writeItem(alone, 0, bytes, sending === undefined ? 0 : LIVE);
      this.#write(
        alone,
        sending === undefined ? FrameType.Data : FrameType.Live,
      );
      if (sending !== undefined) {
        this.#sent.then(() => sending.begin(), (error) => sending.abort(error));
      }
    } else {
      if (this.#used + size > PIECE) this.#flush();
      writeItem(this.#piece, this.#used, bytes, 0);
      this.#used += size;
      this.#schedule();
    }
    if (this.#waiting >= MAX_WAITING) return this.#drained();
    // What makes the values may take its time for each, and nothing can leave in between.
    const now = performance.now();
    if (now - this.#rested < MAX_WORK) return undefined;
    this.#flush();
    return this.#rest();
  }

  async end(): Promise<void> {
    this.#flush();
    this.#failure ??= new ChannelClosedError(
      "Cannot send: the channel is closed on this side",
    );
    await this.#stream.end();
    this.#stream.detach();
    this.#over.resolve();
  }

  async abort(reason: unknown): Promise<void> {
    if (this.#failure !== undefined) return;
    this.#flush();
    const error = toError(reason);
    this.#failure = error;
    const bytes = this.#encoder.encodeReason(reason);
    await this.#stream.abort(bytes).catch(() => {}); // It is over already.
    this.#stream.detach();
    this.#over.reject(error);
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    let turns = TURNS;
    const turn = () => {
      if (turns-- > 0) return void RESOLVED.then(turn);
      this.#scheduled = false;
      this.#flush();
    };
    turn();
  }

  #flush(): void {
    if (this.#used === 0) return;
    this.#write(this.#piece.slice(0, this.#used));
    this.#used = 0;
  }

  #write(bytes: Uint8Array, last: FrameType = FrameType.Data): void {
    const cost = bytes.length + (last === FrameType.Live ? LIVE_COST : 0);
    this.#waiting += cost;
    this.#sent = this.#stream.write(bytes, last).then(() => {
      this.#waiting -= cost;
    });
    this.#sent.catch(() => {}); // `onFail` says the same.
  }

  async #drained(): Promise<void> {
    while (this.#waiting >= MAX_WAITING) await this.#sent;
    this.#rested = performance.now();
  }

  async #rest(): Promise<void> {
    await nextTurn();
    this.#rested = performance.now();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    if (error instanceof ChannelClosedError) this.#over.resolve();
    else this.#over.reject(error);
  }
}

function writeItem(
  target: Uint8Array,
  offset: number,
  bytes: Uint8Array,
  flag: number,
): void {
  writeUint32(target, offset, bytes.length | flag);
  target.set(bytes, offset + LENGTH_SIZE);
}

const RESOLVED = Promise.resolve();

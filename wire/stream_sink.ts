// Values that leave through a stream of a connection: each with its length before it, many of them
// in one piece of data where they are small.

import { ChannelClosedError } from "./errors.ts";
import type { Sink } from "./items.ts";
import { MAX_FRAME_SIZE } from "./limits.ts";
import type { Stream } from "./stream.ts";

/** The size of what says how long a value is, in bytes. */
export const LENGTH_SIZE = 4;

/** How much is sent in one piece, in bytes. */
const PIECE = MAX_FRAME_SIZE / 4;

/** How much may wait for credit before the sender should, in bytes. */
const MAX_WAITING = 2 * PIECE;

/**
 * After how many turns of the event loop's own queue what was sent leaves. A program that sends one
 * value after the other takes some turns for each, and everything else takes far longer.
 */
const TURNS = 12;

/** A value as it goes. */
export interface EncodedItem {
  /** Its bytes, valid until the next one is encoded. */
  bytes: Uint8Array;
  /** Lets the streams in it flow, once it has left. */
  begin?: () => void;
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
    const { bytes, begin } = this.#encoder.encode(value);
    const size = LENGTH_SIZE + bytes.length;
    if (this.#used + size > PIECE) this.#flush();
    if (size > PIECE) {
      this.#write(this.#withLength(new Uint8Array(size), 0, bytes));
    } else {
      this.#withLength(this.#piece, this.#used, bytes);
      this.#used += size;
      this.#schedule();
    }
    if (begin !== undefined) {
      this.#flush();
      this.#sent.then(begin, () => {});
    }
    return this.#waiting < MAX_WAITING ? undefined : this.#drained();
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
    await this.#stream.abort(this.#encoder.encodeReason(reason));
    this.#stream.detach();
    this.#over.reject(error);
  }

  #withLength(
    target: Uint8Array,
    offset: number,
    bytes: Uint8Array,
  ): Uint8Array {
    const { length } = bytes;
    target[offset] = length >>> 24;
    target[offset + 1] = length >>> 16;
    target[offset + 2] = length >>> 8;
    target[offset + 3] = length;
    target.set(bytes, offset + LENGTH_SIZE);
    return target;
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

  #write(bytes: Uint8Array): void {
    this.#waiting += bytes.length;
    this.#sent = this.#stream.write(bytes).then(() => {
      this.#waiting -= bytes.length;
    });
    this.#sent.catch(() => {}); // `onFail` says the same.
  }

  async #drained(): Promise<void> {
    while (this.#waiting >= MAX_WAITING) await this.#sent;
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    if (error instanceof ChannelClosedError) this.#over.resolve();
    else this.#over.reject(error);
  }
}

const RESOLVED = Promise.resolve();

/** What was thrown, as an error. */
export function toError(reason: unknown): Error {
  return reason instanceof Error
    ? reason
    : new Error(String(reason), { cause: reason });
}

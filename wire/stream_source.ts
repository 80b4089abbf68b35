// Values that arrive through a stream of a connection. They stay bytes until they are asked for, and
// only then may the other side send more.

import { ChannelClosedError, ProtocolError } from "./errors.ts";
import { readUint32 } from "./frame.ts";
import type { MaybePromise, Source } from "./items.ts";
import { addPiece, join } from "./pieces.ts";
import type { Stream } from "./stream.ts";
import { type ItemEncoder, LENGTH_SIZE, LIVE } from "./stream_sink.ts";
import { toError } from "./to_error.ts";

/** A value that names other streams. */
export interface DecodedItem {
  /** The value. */
  value: unknown;
  /** Ends those streams, as nobody has the value. */
  drop(): void;
}

/** What makes values and errors of bytes. */
export interface ItemDecoder
  extends Pick<ItemEncoder, "encodeReason" | "decodeReason"> {
  /** Decodes a value that names no other streams. */
  decode(bytes: Uint8Array): unknown;
  /** Decodes a value that does. */
  decodeLive(bytes: Uint8Array): DecodedItem;
  /** The largest value, in bytes. */
  readonly maxSize: number;
}

/** Takes values from a stream. */
export class StreamSource implements Source {
  /** Resolves when the other side has sent all, and rejects when it, or the connection, failed. */
  readonly ended: Promise<void>;
  #stream: Stream;
  #decoder: ItemDecoder;
  /** What has been taken from the stream and not been decoded, from `#offset` on. */
  #bytes: Uint8Array = new Uint8Array();
  #offset = 0;
  /** What has been taken from the stream after that, for a value that is not whole. */
  #more: Uint8Array[] = [];
  /** Values that name other streams: those arrive whether the value has been asked for or not. */
  #early: DecodedItem[] = [];
  /** Why one of them was refused, which is the end of the connection too. */
  #refused: unknown;
  #over = Promise.withResolvers<void>();
  #isOver = false;

  constructor(stream: Stream, decoder: ItemDecoder) {
    this.#stream = stream;
    this.#decoder = decoder;
    this.ended = this.#over.promise;
    this.ended.catch(() => {}); // Whoever asks for a value hears of it.
    stream.readReason = (payload) => decoder.decodeReason(payload);
    stream.onEnd = () => {
      stream.detach();
      this.#close();
    };
    stream.onLive = () => {
      try {
        this.#decodeEarly();
      } catch (error) {
        this.#refused = error;
        throw error;
      }
    };
    stream.onFail = (error) => this.#close(error);
  }

  next(): MaybePromise<IteratorResult<unknown, unknown>> {
    const left = this.#bytes.length - this.#offset;
    if (left < LENGTH_SIZE) return this.#nextOf(LENGTH_SIZE);
    const head = readUint32(this.#bytes, this.#offset);
    const size = LENGTH_SIZE + sizeOf(head);
    if (left < size) return this.#nextOf(size);
    const start = this.#offset + LENGTH_SIZE;
    this.#offset += size;
    try {
      if (head >= LIVE) return { done: false, value: this.#nextEarly() };
      const bytes = this.#bytes.subarray(start, this.#offset);
      return { done: false, value: this.#decoder.decode(bytes) };
    } catch (error) {
      this.cancel(error);
      return Promise.reject(error);
    }
  }

  cancel(reason?: unknown): void {
    const error = reason === undefined ? undefined : toError(reason);
    if (!this.#isOver) {
      this.#stream.reset(error && this.#decoder.encodeReason(error));
      this.#close(error);
    }
    this.#stream.fail(
      error ?? new ChannelClosedError("Cannot receive: it was cancelled here"),
    );
    this.#stream.close();
    for (const { drop } of this.#early) drop();
    this.#early = [];
  }

  #nextEarly(): unknown {
    const item = this.#early.shift();
    if (item !== undefined) return item.value;
    throw this.#refused ??
      new ProtocolError("Cannot take a value: its streams did not come");
  }

  /** The next value, of which at least so many bytes are needed. */
  async #nextOf(size: number): Promise<IteratorResult<unknown, unknown>> {
    if (size > LENGTH_SIZE + this.#decoder.maxSize) {
      const error = new ProtocolError(
        `Cannot take a value: it is above the limit of ${this.#decoder.maxSize} bytes`,
      );
      this.cancel(error);
      throw error;
    }
    let length = this.#bytes.length - this.#offset;
    while (length < size) {
      const part = await this.#stream.read();
      if (part === undefined) {
        if (length === 0) return { done: true, value: undefined };
        throw new ProtocolError("Cannot take a value: it ends too early");
      }
      addPiece(this.#more, part);
      length += part.length;
    }
    this.#bytes = join([this.#bytes.subarray(this.#offset), ...this.#more]);
    this.#offset = 0;
    this.#more = [];
    return this.next();
  }

  /** Decodes the last value that is here; all that is here is whole then. */
  #decodeEarly(): void {
    const bytes = join([
      this.#bytes.subarray(this.#offset),
      ...this.#more,
      ...this.#stream.unread,
    ]);
    let head = 0;
    let start = 0;
    let end = 0;
    while (end + LENGTH_SIZE <= bytes.length) {
      head = readUint32(bytes, end);
      start = end + LENGTH_SIZE;
      end = start + sizeOf(head);
    }
    if (head < LIVE || end !== bytes.length) {
      throw new ProtocolError("Cannot take a value: it is not whole");
    }
    this.#early.push(this.#decoder.decodeLive(bytes.subarray(start)));
  }

  #close(error?: Error): void {
    this.#isOver = true;
    if (error === undefined) this.#over.resolve();
    else this.#over.reject(error);
  }
}

function sizeOf(head: number): number {
  return head >= LIVE ? head - LIVE : head;
}

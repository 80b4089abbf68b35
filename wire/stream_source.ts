// Values that arrive through a stream of a connection. They stay bytes until they are asked for, and
// only then may the other side send more.

import { ProtocolError } from "./errors.ts";
import { readUint32 } from "./frame.ts";
import type { MaybePromise, Source } from "./items.ts";
import type { Stream } from "./stream.ts";
import { type ItemEncoder, LENGTH_SIZE } from "./stream_sink.ts";

/** What makes values and errors of bytes. */
export interface ItemDecoder
  extends Pick<ItemEncoder, "encodeReason" | "decodeReason"> {
  /** Decodes a value. */
  decode(bytes: Uint8Array): unknown;
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
    stream.onFail = (error) => this.#close(error);
  }

  next(): MaybePromise<IteratorResult<unknown, unknown>> {
    const left = this.#bytes.length - this.#offset;
    if (left < LENGTH_SIZE) return this.#nextOf(LENGTH_SIZE);
    const size = LENGTH_SIZE + readUint32(this.#bytes, this.#offset);
    if (left < size) return this.#nextOf(size);
    const start = this.#offset + LENGTH_SIZE;
    this.#offset += size;
    try {
      const bytes = this.#bytes.subarray(start, this.#offset);
      return { done: false, value: this.#decoder.decode(bytes) };
    } catch (error) {
      this.cancel(error);
      return Promise.reject(error);
    }
  }

  cancel(reason?: unknown): void {
    if (!this.#isOver) {
      this.#stream.reset(
        reason === undefined ? undefined : this.#decoder.encodeReason(reason),
      );
      this.#close();
    }
    this.#stream.close();
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
    const parts = [this.#bytes.subarray(this.#offset)];
    let length = parts[0]!.length;
    while (length < size) {
      const part = await this.#stream.read();
      if (part === undefined) {
        if (length === 0) return { done: true, value: undefined };
        throw new ProtocolError("Cannot take a value: it ends too early");
      }
      parts.push(part);
      length += part.length;
    }
    this.#offset = 0;
    if (parts.length === 2 && parts[0]!.length === 0) this.#bytes = parts[1]!;
    else {
      this.#bytes = new Uint8Array(length);
      let offset = 0;
      for (const part of parts) {
        this.#bytes.set(part, offset);
        offset += part.length;
      }
    }
    return this.next();
  }

  #close(error?: Error): void {
    this.#isOver = true;
    if (error === undefined) this.#over.resolve();
    else this.#over.reject(error);
  }
}

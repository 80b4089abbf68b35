// Streams over a link. A stream carries messages of any size (in parts, where they are large) and
// bulk data, both under credit, and ends for either side alone.

import { ProtocolError, SerializationError, TongsError } from "./errors.ts";
import { FrameType, HEADER_SIZE, readUint32 } from "./frame.ts";
import type { Link } from "./link.ts";
import { MAX_MESSAGE_SIZE, MAX_REQUESTED } from "./limits.ts";
import { Stream } from "./stream.ts";

/** The longest round trip that is measured, in milliseconds. */
const MAX_RTT = 5000;

/** Options of {@linkcode Mux}. */
export interface MuxOptions {
  /** The first stream number of this side. */
  firstId: number;
  /** The distance to the next one. */
  step: number;
  /** Called with the first message of each stream that the other side opens. */
  onOpen?: (stream: Stream, type: FrameType, payload: Uint8Array) => void;
  /** Called with messages on stream 0, which is the connection itself. */
  onControl?: (type: FrameType, payload: Uint8Array) => void;
  /** Called when the last stream is over. */
  onIdle?: () => void;
  /** How many streams the other side may have open at once. */
  maxIncoming?: number;
  /** The largest message, in bytes. */
  maxMessageSize?: number;
}

/** The streams of one connection. */
export class Mux {
  #link: Link;
  #streams = new Map<number, Stream>();
  #options: MuxOptions;
  #nextId: number;
  #incoming = 0;
  /** Streams with a message of which a part is here, the oldest first. */
  #unfinished = new Set<Stream>();
  #buffered = 0;
  #requested = 0;
  #closed: Error | undefined;
  #pinged = 0;
  /** The stream whose round trip is being measured. */
  #pingPending: number | undefined;
  #rtt: number | undefined;

  constructor(link: Link, options: MuxOptions) {
    this.#link = link;
    this.#options = options;
    this.#nextId = options.firstId;
  }

  /** The largest message, in bytes. */
  get maxMessageSize(): number {
    return this.#options.maxMessageSize ?? MAX_MESSAGE_SIZE;
  }

  /** The round-trip time in milliseconds, once it was measured. */
  get rtt(): number | undefined {
    return this.#rtt;
  }

  /** How many streams are open that this side opened. */
  get opened(): number {
    return this.#streams.size - this.#incoming;
  }

  /** How many streams are open. */
  get size(): number {
    return this.#streams.size;
  }

  /**
   * Opens a stream. The other side learns of it with its first message, or out of another message
   * that names it.
   *
   * @param window What each side may send before the first grant, in bytes, if the other side knows.
   */
  open(window?: number): Stream {
    if (this.#closed) throw this.#closed;
    const { firstId, step } = this.#options;
    while (this.#streams.has(this.#nextId)) this.#advance(firstId, step);
    const stream = new Stream(this.#nextId, this, this.#link, window);
    this.#advance(firstId, step);
    this.#streams.set(stream.id, stream);
    return stream;
  }

  #advance(firstId: number, step: number): void {
    this.#nextId += step;
    if (this.#nextId > 0xffff_ffff) this.#nextId = firstId;
  }

  /**
   * Takes a stream that the other side has opened and named in a message.
   *
   * @throws {ProtocolError} If it cannot be one, or they are too many.
   */
  adopt(id: number, window?: number): Stream {
    if (
      !Number.isInteger(id) || id < 1 || id > 0xffff_ffff ||
      !this.#isIncoming(id) || this.#streams.has(id)
    ) throw new ProtocolError(`Cannot take ${id} as a new stream`);
    if (this.#closed) throw this.#closed;
    return this.#take(id, window);
  }

  /** The open streams. */
  [Symbol.iterator](): IterableIterator<Stream> {
    return this.#streams.values();
  }

  /** The open stream with this number. */
  get(id: number): Stream | undefined {
    return this.#streams.get(id);
  }

  /** Forgets a stream that is over. What still arrives for it is dropped. */
  forget(stream: Stream): void {
    if (!this.#streams.delete(stream.id)) return;
    stream.dropParts();
    if (this.#isIncoming(stream.id)) this.#incoming--;
    if (this.#streams.size === 0) this.#options.onIdle?.();
  }

  /**
   * Counts bytes of an unfinished message.
   *
   * @throws {ProtocolError} If the other side leaves requests unfinished that are all small.
   */
  buffer(stream: Stream, bytes: number): void {
    this.#unfinished.add(stream);
    this.#buffered += bytes;
    const { maxIncoming = Infinity } = this.#options;
    if (maxIncoming < Infinity && this.#isIncoming(stream.id)) {
      this.#requested += bytes;
      if (this.#requested > MAX_REQUESTED) {
        throw new ProtocolError(
          `Cannot take more than ${MAX_REQUESTED} bytes of unfinished requests`,
        );
      }
    }
  }

  /** Notes that the message of a stream is whole, or never will be. */
  unbuffer(stream: Stream, bytes: number): void {
    if (!this.#unfinished.delete(stream)) return;
    this.#buffered -= bytes;
    if (this.#isIncoming(stream.id)) {
      this.#requested = Math.max(0, this.#requested - bytes);
    }
    for (const waiting of this.#unfinished) {
      if (this.mayGrant(waiting)) waiting.resume();
    }
  }

  /**
   * Whether a stream may be granted credit for the rest of its message. When much is unfinished
   * already, only the oldest may, so that it gets finished and makes room.
   */
  mayGrant(stream: Stream): boolean {
    if (this.#buffered <= this.maxMessageSize) return true;
    const [oldest] = this.#unfinished;
    return oldest === stream;
  }

  /** Measures the round-trip time along the way that `stream` takes, at most once a second. */
  measure(stream: Stream): void {
    const now = performance.now();
    const since = now - this.#pinged;
    // The answer is lost where the stream ended on its way.
    if (this.#pingPending !== undefined && since < MAX_RTT) return;
    if (this.#rtt !== undefined && since < 1000) return;
    this.#pinged = now;
    this.#pingPending = stream.id;
    this.#link.send(FrameType.Ping, stream.id);
  }

  /**
   * Takes a frame from the link.
   *
   * @throws {ProtocolError} If it breaks the protocol.
   */
  receive(type: FrameType, id: number, frame: Uint8Array): void {
    const payload = frame.subarray(HEADER_SIZE);
    if (id === 0) return this.#options.onControl?.(type, payload);
    if (type === FrameType.Ping) {
      const isLost = this.#isIncoming(id) && !this.#streams.has(id);
      return this.#link.answerPing(id, isLost);
    }
    if (type === FrameType.Pong) {
      if (this.#pingPending !== id) return;
      this.#rtt = performance.now() - this.#pinged;
      this.#pingPending = undefined;
      return;
    }
    const stream = this.#streams.get(id) ?? this.#accept(type, id);
    if (type === FrameType.Reset || type === FrameType.Cancel) this.#probe(id);
    if (stream === undefined) return;
    switch (type) {
      case FrameType.Credit:
        if (payload.length !== 4) {
          throw new ProtocolError("Cannot read a grant of credit");
        }
        return stream.granted(readUint32(payload, 0));
      case FrameType.Part:
        return stream.receivePart(payload);
      case FrameType.Data:
        return stream.receiveData(payload);
      case FrameType.Live:
        return stream.receiveLive(payload);
      case FrameType.End:
        return stream.receiveEnd(payload);
      case FrameType.Reset:
        this.forget(stream);
        return stream.fail(
          stream.readReason?.(payload) ??
            new TongsError("The other side has cancelled the stream"),
        );
      case FrameType.Cancel: // What it cancels may not be all here yet.
        stream.dropParts();
    }
    const message = stream.completeMessage(payload);
    if (stream.onMessage !== undefined) stream.onMessage(type, message);
    else if (this.#options.onOpen !== undefined && !stream.isLive) {
      this.#options.onOpen(stream, type, message);
    } else {
      throw new ProtocolError(`Cannot take a message of type ${type} here`);
    }
  }

  #isIncoming(id: number): boolean {
    return (id & 1) !== (this.#options.firstId & 1);
  }

  /**
   * Asks for the streams that messages of this one have named, as it was given up. The other side
   * resets those that it does not know: what named them has crossed its word, and was dropped.
   */
  #probe(parent: number): void {
    for (const stream of this.#streams.values()) {
      if (stream.parent === parent) this.#link.send(FrameType.Ping, stream.id);
    }
  }

  /** The stream that the other side opens with this frame, if it may. */
  #accept(type: FrameType, id: number): Stream | undefined {
    if (!this.#isIncoming(id)) return undefined; // One of ours that is over.
    // The last frames of a stream that is over on this side arrive after its end; only these
    // types begin one.
    if (type < FrameType.Call && type !== FrameType.Part) return undefined;
    if (type === FrameType.Cancel) return undefined;
    if (this.#options.onOpen === undefined) {
      throw new ProtocolError("Cannot open a stream towards this side");
    }
    return this.#take(id);
  }

  #take(id: number, window?: number): Stream {
    const { maxIncoming = Infinity } = this.#options;
    if (++this.#incoming > maxIncoming) {
      throw new ProtocolError(
        `Cannot open more than ${maxIncoming} streams at once`,
      );
    }
    const stream = new Stream(id, this, this.#link, window);
    this.#streams.set(id, stream);
    return stream;
  }

  /** Ends every stream with `error`. */
  close(error: Error): void {
    this.#closed ??= error;
    const streams = [...this.#streams.values()];
    this.#streams.clear();
    for (const stream of streams) stream.fail(error);
  }

  /** Checks the size of a message before it is sent. */
  checkSize(bytes: number, what: string): void {
    if (bytes <= this.maxMessageSize) return;
    throw new SerializationError(
      `Cannot send ${what}: its ${bytes} bytes are above the limit of ${this.maxMessageSize}`,
      what,
    );
  }
}

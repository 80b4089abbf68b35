// Live values: streams, channels and iterables within messages. In the message stands the number of a
// stream of the connection, and the values travel through that.

import { Channel } from "./channel.ts";
import { decodeValue, type LiveIn } from "./decode_value.ts";
import { encodeView, type LiveOut } from "./encode_value.ts";
import { ChannelClosedError, ProtocolError } from "./errors.ts";
import {
  pump,
  readableOf,
  type Sink,
  sinkOf,
  type Source,
  sourceOf,
  writableOf,
} from "./items.ts";
import { ITEM_WINDOW, MAX_FRAME_SIZE } from "./limits.ts";
import type { Mux } from "./mux.ts";
import type { Stream } from "./stream.ts";
import { type EncodedItem, StreamSink } from "./stream_sink.ts";
import {
  type DecodedItem,
  type ItemDecoder,
  StreamSource,
} from "./stream_source.ts";
import { briefError, toError } from "./to_error.ts";

/** What a live value is for who receives it. */
const Kind = { Readable: 0, Writable: 1, Channel: 2 } as const;

/** Why a stream ends that nobody can reach. */
const DROPPED = new ChannelClosedError(
  "The other side has dropped the stream without closing it",
);

/** The longest text of an error that is cut to fit, in UTF-16 units. */
const MAX_REASON = 8000;

/** What {@linkcode Live} needs to know. */
export interface LiveOptions {
  /** The streams of the connection. */
  mux: Mux;
  /** How many streams this side may have opened at once. */
  maxOpen?: number;
  /** Says to where a stream leads, as far as the other side cannot tell: the same as `parent`. */
  attach?(stream: number, parent: number): void;
  /** Makes of an error what the other side may see. */
  encodeError(error: unknown): Uint8Array;
  /** Makes an error of that. */
  decodeError(bytes: Uint8Array): Error;
}

/** A live value that came, and what ends it where nobody has it. */
interface Imported {
  value: object;
  drop(): void;
}

/** The live values of one connection. */
export class Live {
  #options: LiveOptions;
  /** Tells the other side of what nobody here can reach any more. */
  #dropped = new FinalizationRegistry<() => void>((drop) => drop());

  constructor(options: LiveOptions) {
    this.#options = options;
  }

  /** Takes the live values of a message that goes through a stream, or belongs to it. */
  sending(parent: number): Sending {
    return new Sending(this, parent);
  }

  /** Makes the live values of a message. */
  readonly receiving: LiveIn = { import: (flat) => this.#import(flat).value };

  /** Opens a stream. */
  open(): Stream {
    return this.#options.mux.open(ITEM_WINDOW);
  }

  /** Says that a stream leads to where another one does, before anything that names it is sent. */
  attach(stream: Stream, parent: number): void {
    this.#options.attach?.(stream.id, parent);
  }

  /** Takes a stream that the other side has opened. */
  adopt(id: unknown): Stream {
    if (typeof id !== "number") throw new ProtocolError("Cannot read a stream");
    return this.#options.mux.adopt(id, ITEM_WINDOW);
  }

  /** Where to send values that go through a stream. */
  sink(stream: Stream): Sink {
    return new StreamSink(stream, {
      encode: (value) => this.#encode(value, stream.id),
      encodeReason: (reason) => this.#encodeReason(reason),
      decodeReason: (bytes) => this.#decodeReason(bytes),
    });
  }

  /** Where values come from that arrive through a stream. */
  source(stream: Stream): StreamSource {
    const { mux } = this.#options;
    const decoder: ItemDecoder = {
      maxSize: mux.maxMessageSize,
      decode: (bytes) => decodeValue(bytes),
      decodeLive: (bytes) => this.#decodeLive(bytes),
      encodeReason: (reason) => this.#encodeReason(reason),
      decodeReason: (bytes) => this.#decodeReason(bytes),
    };
    return new StreamSource(stream, decoder);
  }

  /** Whether no more live values should be sent for now. */
  get isFull(): boolean {
    const { mux, maxOpen = Infinity } = this.#options;
    return mux.opened >= maxOpen;
  }

  /** Ends a stream for both sides. */
  giveUp(stream: Stream, reason: unknown): void {
    stream.reset(this.#encodeReason(reason));
    stream.detach();
    stream.fail(toError(reason));
  }

  /** It must fit in a frame, and an error must not fail to be sent. */
  #encodeReason(reason: unknown): Uint8Array {
    const { encodeError } = this.#options;
    const bytes = attempt(() => encodeError(reason));
    if (bytes !== undefined && bytes.length <= MAX_FRAME_SIZE) return bytes;
    return encodeError(briefError(reason, MAX_REASON));
  }

  #import([kind, id, back]: unknown[]): Imported {
    if (kind === Kind.Readable) {
      const source = this.source(this.adopt(id));
      return this.#watch(readableOf(source), () => source.cancel());
    }
    if (kind === Kind.Writable) {
      const sink = this.sink(this.adopt(id));
      return this.#watch(writableOf(sink), () => void sink.abort(DROPPED));
    }
    if (kind !== Kind.Channel) throw new ProtocolError("Cannot read a stream");
    const source = this.source(this.adopt(id));
    const sink = this.sink(this.adopt(back));
    return this.#watch(new Channel({ source, sink }), () => {
      source.cancel();
      Promise.resolve(sink.end()).catch(() => {}); // It is over already.
    });
  }

  /** `drop` must not hold the value itself, which would then never be dropped. */
  #watch(value: object, drop: () => void): Imported {
    this.#dropped.register(value, drop);
    return { value, drop };
  }

  #decodeLive(bytes: Uint8Array): DecodedItem {
    const imported: Imported[] = [];
    const value = decodeValue(bytes, {
      import: (flat) => {
        const one = this.#import(flat);
        imported.push(one);
        return one.value;
      },
    });
    return {
      value,
      drop: () => {
        for (const { drop } of imported) drop();
      },
    };
  }

  #encode(value: unknown, parent: number): EncodedItem {
    const sending = this.sending(parent);
    try {
      const bytes = encodeView(value, "value", sending);
      this.#options.mux.checkSize(bytes.length, "value");
      sending.attach();
      return sending.isEmpty ? { bytes } : { bytes, sending };
    } catch (error) {
      sending.release();
      throw error;
    }
  }

  #decodeReason(bytes: Uint8Array): Error {
    return bytes.length === 0
      ? new ChannelClosedError("The other side has closed the stream")
      : this.#options.decodeError(bytes);
  }
}

function attempt<T>(fn: () => T): T | undefined {
  try {
    return fn();
  } catch {
    return undefined;
  }
}

/** A live value that leaves: its stream, and what is behind it here. */
interface Leaving {
  stream: Stream;
  source: Source;
  sink: Sink;
}

/** The live values of one message. They flow once it has left, and never if it does not. */
export class Sending implements LiveOut {
  #live: Live;
  #parent: number;
  #leaving: Leaving[] | undefined;
  #hasBegun = false;

  constructor(live: Live, parent: number) {
    this.#live = live;
    this.#parent = parent;
  }

  /** Whether there are none. */
  get isEmpty(): boolean {
    return this.#leaving === undefined;
  }

  export(value: object): unknown[] | string | undefined {
    if (!isLive(value)) return undefined;
    if (this.#live.isFull) {
      return "one stream too many, as there may be no more open at once";
    }
    if (Channel.isChannel(value)) {
      const { sink, source } = value.release();
      return [Kind.Channel, this.#out(source), this.#back(sink)];
    }
    if (value instanceof WritableStream) {
      return value.locked
        ? "a WritableStream that is locked, as someone writes to it already"
        : [Kind.Writable, this.#back(sinkOf(value))];
    }
    if (value instanceof ReadableStream && value.locked) {
      return "a ReadableStream that is locked, as someone reads it already";
    }
    return [Kind.Readable, this.#out(sourceOf(value))];
  }

  /** Says where they lead, right before the message is sent. */
  attach(): void {
    for (const { stream } of this.#leaving ?? []) {
      this.#live.attach(stream, this.#parent);
    }
  }

  /** Lets them flow. */
  begin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    for (const { source, sink } of this.#leaving ?? []) pump(source, sink);
  }

  /** Leaves them as they were, as the message does not leave. */
  release(): void {
    for (const { stream, source, sink } of this.#leaving ?? []) {
      stream.detach();
      source.release?.();
      sink.release?.();
    }
  }

  /** Ends them, as nobody waits for the message any more. */
  abort(reason: unknown): void {
    for (const { stream } of this.#leaving ?? []) {
      this.#live.giveUp(stream, reason);
    }
    this.begin(); // What is behind them learns of it that way.
  }

  #out(source: Source): number {
    const stream = this.#live.open();
    return this.#add({ stream, source, sink: this.#live.sink(stream) });
  }

  #back(sink: Sink): number {
    const stream = this.#live.open();
    return this.#add({ stream, source: this.#live.source(stream), sink });
  }

  #add(leaving: Leaving): number {
    leaving.stream.parent = this.#parent;
    (this.#leaving ??= []).push(leaving);
    return leaving.stream.id;
  }
}

/** Whether a value is a stream, a channel, or can be iterated over while it is made. */
export function isLive(
  value: object,
): value is Channel | WritableStream | ReadableStream | AsyncIterable<unknown> {
  return Symbol.asyncIterator in value || value instanceof WritableStream ||
    Channel.isChannel(value);
}

/** Hands live values on as they are. */
export function passing(): LiveIn & LiveOut {
  const values: object[] = [];
  return {
    export: (value) => isLive(value) ? [values.push(value) - 1] : undefined,
    import: ([index]) => values[index as number]!,
  };
}

// Frames: `u32 length · u8 type · u32 stream · payload`, big-endian; `length` counts the payload.
// This file turns bytes into frames and back and knows nothing of what a payload means.

import { ProtocolError } from "./errors.ts";
import { MAX_FRAME_SIZE } from "./limits.ts";

/** The size of a frame without its payload in bytes. */
export const HEADER_SIZE = 9;

/** What a frame is. Stream 0 is the connection itself. */
export const FrameType = {
  /** Version and limits, once from each side. */
  Hello: 1,
  /** Asks for a `Pong` on the same stream. */
  Ping: 2,
  /** Answers a `Ping`. */
  Pong: 3,
  /** The sum of all bytes received so far (mod 2³²), in place of the stream. */
  Ack: 4,
  /** Asks for an `Ack`. */
  Mark: 5,

  /** A piece of a message of which more follows. Takes credit. */
  Part: 8,
  /** A piece of bulk data. Takes credit. */
  Data: 9,
  /** Grants as many more bytes as the u32 payload says. */
  Credit: 10,
  /** No more `Data` comes from this side. The payload may say what it was. */
  End: 11,
  /** The stream is over, because of the error in the payload. */
  Reset: 12,
  /** Like `Data`, and at its end a value is whole that names other streams. */
  Live: 13,

  /** Runs a function. */
  Call: 16,
  /** What it returned. */
  Result: 17,
  /** What it threw, or why a request failed. */
  Failure: 18,
  /** Asks to stop a call. */
  Cancel: 19,
  /** Modules, pushed or asked for. */
  Modules: 20,
  /** Asks for a module that was not pushed. */
  Need: 21,
  /** A line for the log. */
  Log: 22,
  /** Names the environment that the call on a stream is to run in. */
  Bind: 23,
  /** A realm has ended, and with it the streams it had. */
  RealmExit: 24,
  /** Asks the supervisor to do something with its files. From the supervisor: what it found. */
  File: 25,
  /** The stream leads to where the one in the u32 payload does. */
  Attach: 26,
} as const;

/** One of the values of {@linkcode FrameType}. */
export type FrameType = typeof FrameType[keyof typeof FrameType];

const KNOWN = new Set<number>(Object.values(FrameType));

/** Writes a header into `target` at `offset`. */
export function writeHeader(
  target: Uint8Array,
  offset: number,
  length: number,
  type: number,
  stream: number,
): void {
  writeUint32(target, offset, length);
  target[offset + 4] = type;
  writeUint32(target, offset + 5, stream);
}

/** Writes a big-endian u32. */
export function writeUint32(
  target: Uint8Array,
  offset: number,
  value: number,
): void {
  target[offset] = value >>> 24;
  target[offset + 1] = value >>> 16;
  target[offset + 2] = value >>> 8;
  target[offset + 3] = value;
}

/** A payload that is one big-endian u32. */
export function uint32(value: number): Uint8Array {
  const payload = new Uint8Array(4);
  writeUint32(payload, 0, value);
  return payload;
}

/** Reads a big-endian u32. */
export function readUint32(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset]! << 24) | (bytes[offset + 1]! << 16) |
    (bytes[offset + 2]! << 8) |
    bytes[offset + 3]!) >>> 0;
}

/** Whether a stream was opened before another or is the same; numbers start over at the end. */
export function isUpTo(stream: number, last: number): boolean {
  return ((last - stream) >>> 0) < 0x4000_0000;
}

/** Receives one frame; `frame` is header and payload, and is valid during the call only. */
export type OnFrame = (
  type: FrameType,
  stream: number,
  frame: Uint8Array,
) => void;

/** Cuts a stream of bytes into frames. */
export class FrameParser {
  #onFrame: OnFrame;
  #partial = new Uint8Array(HEADER_SIZE + MAX_FRAME_SIZE);
  #filled = 0;

  constructor(onFrame: OnFrame) {
    this.#onFrame = onFrame;
  }

  /** Whether the bytes so far end in the middle of a frame. */
  get incomplete(): boolean {
    return this.#filled > 0;
  }

  /**
   * Takes the next bytes and calls back for every frame that they complete.
   *
   * @throws {ProtocolError} If the bytes are not frames.
   */
  push(bytes: Uint8Array): void {
    let offset = 0;
    while (this.#filled > 0 && offset < bytes.length) {
      offset += this.#fill(bytes, offset);
    }
    while (bytes.length - offset >= HEADER_SIZE) {
      const end = offset + HEADER_SIZE + payloadSize(bytes, offset);
      if (end > bytes.length) break;
      this.#emit(bytes.subarray(offset, end));
      offset = end;
    }
    if (offset < bytes.length) {
      this.#partial.set(bytes.subarray(offset), 0);
      this.#filled = bytes.length - offset;
      if (this.#filled >= HEADER_SIZE) payloadSize(this.#partial, 0);
    }
  }

  /** Goes on with the frame that the last bytes began. Returns how many bytes it took. */
  #fill(bytes: Uint8Array, offset: number): number {
    const whole = this.#filled < HEADER_SIZE
      ? HEADER_SIZE
      : HEADER_SIZE + payloadSize(this.#partial, 0);
    const taken = Math.min(whole - this.#filled, bytes.length - offset);
    this.#partial.set(bytes.subarray(offset, offset + taken), this.#filled);
    this.#filled += taken;
    if (
      this.#filled >= HEADER_SIZE &&
      this.#filled === HEADER_SIZE + payloadSize(this.#partial, 0)
    ) {
      const end = this.#filled;
      this.#filled = 0;
      this.#emit(this.#partial.subarray(0, end));
    }
    return taken;
  }

  #emit(frame: Uint8Array): void {
    const type = frame[4]!;
    if (!KNOWN.has(type)) {
      throw new ProtocolError(
        `Cannot read a frame: its type ${type} is unknown`,
      );
    }
    this.#onFrame(type as FrameType, readUint32(frame, 5), frame);
  }
}

function payloadSize(bytes: Uint8Array, offset: number): number {
  const size = readUint32(bytes, offset);
  if (size > MAX_FRAME_SIZE) {
    throw new ProtocolError(
      `Cannot read a frame: its length ${size} is above the limit of ${MAX_FRAME_SIZE}`,
    );
  }
  return size;
}

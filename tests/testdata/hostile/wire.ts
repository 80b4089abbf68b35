// The connection of an agent that means no good, frame by frame: what it reads, and whatever it likes
// to write.
import { encodeValue } from "../../../wire/encode_value.ts";
import {
  FrameParser,
  FrameType,
  HEADER_SIZE,
  writeHeader,
} from "../../../wire/frame.ts";

/** A frame that came. */
export interface Frame {
  type: number;
  stream: number;
  payload: Uint8Array;
}

const frames: Frame[] = [];
let wake: (() => void) | undefined;
let rest = new Uint8Array();

async function read(): Promise<Uint8Array> {
  const buffer = new Uint8Array(256 * 1024);
  const count = await Deno.stdin.read(buffer);
  if (count === null) Deno.exit(0);
  return buffer.subarray(0, count);
}

async function take(size: number): Promise<Uint8Array> {
  while (rest.length < size) {
    rest = new Uint8Array(
      await new Blob([rest, await read() as Uint8Array<ArrayBuffer>])
        .arrayBuffer(),
    );
  }
  const taken = rest.slice(0, size);
  rest = rest.slice(size);
  return taken;
}

/** Reads a block of what comes before the frames: its length, and as many bytes. */
export async function block(): Promise<Uint8Array> {
  const size = new DataView((await take(4)).buffer).getUint32(0);
  return await take(size);
}

/** Reads frames from now on. */
export async function listen(): Promise<void> {
  const parser = new FrameParser((type, stream, frame) => {
    frames.push({ type, stream, payload: frame.slice(HEADER_SIZE) });
    wake?.();
  });
  for (let bytes: Uint8Array = rest;; bytes = await read()) parser.push(bytes);
}

/** Waits for a frame of a type. */
export async function next(type: number): Promise<Frame> {
  while (true) {
    const found = frames.findIndex((frame) => frame.type === type);
    if (found >= 0) return frames.splice(found, 1)[0]!;
    await new Promise<void>((resolve) => wake = resolve);
  }
}

/** Writes bytes. */
export async function write(bytes: Uint8Array): Promise<void> {
  while (bytes.length > 0) {
    bytes = bytes.subarray(await Deno.stdout.write(bytes));
  }
}

/** A frame, which may lie about its length. */
export function frame(
  type: number,
  stream: number,
  payload: Uint8Array = new Uint8Array(),
  length = payload.length,
): Uint8Array {
  const bytes = new Uint8Array(HEADER_SIZE + payload.length);
  writeHeader(bytes, 0, length, type, stream);
  bytes.set(payload, HEADER_SIZE);
  return bytes;
}

/** Writes a frame with a value. */
export function send(
  type: number,
  stream: number,
  value: unknown,
): Promise<void> {
  return write(frame(type, stream, encodeValue(value)));
}

/** Says hello as a real agent does. */
export function hello(version = 1): Promise<void> {
  return send(FrameType.Hello, 0, {
    version,
    maxMessageSize: 1 << 27,
    pid: 1,
    deno: "2.9.4",
    os: "linux",
    arch: "x86_64",
  });
}

/** Writes text. */
export async function text(text: string): Promise<void> {
  await write(new TextEncoder().encode(text));
}

/** A number as it is on the wire. */
export function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

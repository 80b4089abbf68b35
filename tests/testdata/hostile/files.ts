// What an agent that means no good answers when it is asked about files.
import { FrameType } from "../../../wire/frame.ts";
import { frame, send, write } from "./wire.ts";

const HELLO = new TextEncoder().encode("hello");
const HELLO_SHA256 =
  "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
const PATH = "/far/file";
const DONE = { path: PATH, size: 5, sha256: HELLO_SHA256 };

const HEAD = { path: PATH, size: 5, mode: 0o644 };

function bytes(
  type: number,
  stream: number,
  payload?: Uint8Array,
): Promise<void> {
  return write(frame(type, stream, payload));
}

async function file(
  stream: number,
  head: unknown,
  done: unknown,
): Promise<void> {
  await send(FrameType.File, stream, head);
  await bytes(FrameType.Data, stream, HELLO);
  await bytes(FrameType.End, stream);
  await send(FrameType.Result, stream, done);
}

/** What comes once a file was asked for, or is being sent. */
export const files: Record<string, (stream: number) => Promise<unknown>> = {
  "file: good": (stream) => file(stream, HEAD, DONE),
  "file: another digest": (stream) =>
    file(stream, HEAD, { ...DONE, sha256: "0".repeat(64) }),
  "file: no digest": (stream) =>
    file(stream, HEAD, { ...DONE, sha256: "\x1b[2J" }),
  "file: another size": (stream) => file(stream, HEAD, { ...DONE, size: 4 }),
  "file: more than it said": (stream) =>
    file(stream, { ...HEAD, size: 4 }, DONE),
  "file: negative size": (stream) => file(stream, { ...HEAD, size: -1 }, DONE),
  "file: no number": (stream) => file(stream, { ...HEAD, size: "5" }, DONE),
  "file: infinite": (stream) => file(stream, { ...HEAD, size: Infinity }, DONE),
  "file: no head": async (stream) => {
    await bytes(FrameType.Data, stream, HELLO);
    await bytes(FrameType.End, stream);
    await send(FrameType.Result, stream, DONE);
  },
  "file: relative path": (stream) =>
    file(stream, { ...HEAD, path: "../x" }, DONE),
  "file: null": (stream) => send(FrameType.Result, stream, null),
  "file: null failure": (stream) => send(FrameType.Failure, stream, null),
  "file: escapes": (stream) =>
    send(FrameType.Failure, stream, {
      error: { reason: "\x1b[2J", text: "\x1b[2J" + "x".repeat(50_000) },
    }),
  "file: setuid": (stream) => file(stream, { ...HEAD, mode: 0o6777 }, DONE),
  "file: data after the end": async (stream) => {
    await send(FrameType.File, stream, HEAD);
    await bytes(FrameType.End, stream);
    await bytes(FrameType.Data, stream, HELLO);
  },
  "file: beyond credit": async (stream) => {
    await send(FrameType.File, stream, { ...HEAD, size: 2 ** 40 });
    const data = new Uint8Array(65536);
    for (let i = 0; i < 17 * 20; i++) {
      await bytes(FrameType.Data, stream, data);
    }
  },
  "file: without size, for ever": async (stream) => {
    await send(FrameType.File, stream, { ...HEAD, size: 0 });
    const data = new Uint8Array(32768);
    // The first window, and then as much as is granted again: it counts none.
    for (let i = 0; i < 32; i++) await bytes(FrameType.Data, stream, data);
  },
  "file: a call instead": (stream) => send(FrameType.Need, stream, {}),
  "file: taken another": (stream) => send(FrameType.Result, stream, DONE),
};

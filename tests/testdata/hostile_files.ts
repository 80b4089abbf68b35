// What an agent that means no good answers when it is asked about files.
import { encodeValue } from "../../wire/encode_value.ts";
import { FrameType } from "../../wire/frame.ts";

/** Sends a frame. */
export type SendFrame = (
  type: number,
  stream: number,
  payload?: Uint8Array,
) => Promise<void>;

const HELLO = new TextEncoder().encode("hello");
const HELLO_SHA256 =
  "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
const PATH = "/far/file";
const DONE = { path: PATH, size: 5, sha256: HELLO_SHA256 };

/** What comes once a file was asked for, or is being sent. */
export function answers(
  send: SendFrame,
): Record<string, (stream: number) => Promise<unknown>> {
  const value = (type: number, stream: number, value: unknown) =>
    send(type, stream, encodeValue(value));
  async function file(stream: number, head: unknown, done: unknown) {
    await value(FrameType.File, stream, head);
    await send(FrameType.Data, stream, HELLO);
    await send(FrameType.End, stream);
    await value(FrameType.Result, stream, done);
  }
  const head = { path: PATH, size: 5, mode: 0o644 };
  return {
    "file: good": (stream) => file(stream, head, DONE),
    "file: another digest": (stream) =>
      file(stream, head, { ...DONE, sha256: "0".repeat(64) }),
    "file: no digest": (stream) =>
      file(stream, head, { ...DONE, sha256: "\x1b[2J" }),
    "file: another size": (stream) => file(stream, head, { ...DONE, size: 4 }),
    "file: more than it said": (stream) =>
      file(stream, { ...head, size: 4 }, DONE),
    "file: negative size": (stream) =>
      file(stream, { ...head, size: -1 }, DONE),
    "file: no number": (stream) => file(stream, { ...head, size: "5" }, DONE),
    "file: infinite": (stream) =>
      file(stream, { ...head, size: Infinity }, DONE),
    "file: no head": async (stream) => {
      await send(FrameType.Data, stream, HELLO);
      await send(FrameType.End, stream);
      await value(FrameType.Result, stream, DONE);
    },
    "file: relative path": (stream) =>
      file(stream, { ...head, path: "../x" }, DONE),
    "file: null": (stream) => value(FrameType.Result, stream, null),
    "file: null failure": (stream) => value(FrameType.Failure, stream, null),
    "file: escapes": (stream) =>
      value(FrameType.Failure, stream, {
        error: { reason: "\x1b[2J", text: "\x1b[2J" + "x".repeat(50_000) },
      }),
    "file: setuid": (stream) => file(stream, { ...head, mode: 0o6777 }, DONE),
    "file: data after the end": async (stream) => {
      await value(FrameType.File, stream, head);
      await send(FrameType.End, stream);
      await send(FrameType.Data, stream, HELLO);
    },
    "file: beyond credit": async (stream) => {
      await value(FrameType.File, stream, { ...head, size: 2 ** 40 });
      const data = new Uint8Array(65536);
      for (let i = 0; i < 17 * 20; i++) {
        await send(FrameType.Data, stream, data);
      }
    },
    "file: without size, for ever": async (stream) => {
      await value(FrameType.File, stream, { ...head, size: 0 });
      const data = new Uint8Array(32768);
      // The first window, and then as much as is granted again: it counts none.
      for (let i = 0; i < 32; i++) await send(FrameType.Data, stream, data);
    },
    "file: a call instead": (stream) => value(FrameType.Need, stream, {}),
    "file: taken another": (stream) => value(FrameType.Result, stream, DONE),
    exit: () => Deno.exit(7),
  };
}

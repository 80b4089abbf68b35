// What an agent that means no good answers to a call, after which nobody can go on with it.
import { Encoder, Tag } from "../../../wire/cbor.ts";
import { FrameType } from "../../../wire/frame.ts";
import { ValueTag } from "../../../wire/value_tags.ts";
import { frame, hello, next, send, u32, write } from "./wire.ts";

const PART = new Uint8Array(64 * 1024);

/** What comes once a call arrived. */
export const replies: Record<string, (stream: number) => Promise<unknown>> = {
  "unknown type": (stream) => write(frame(99, stream)),
  "type 0": (stream) => write(frame(0, stream)),
  "giant length": (stream) =>
    write(frame(FrameType.Result, stream, new Uint8Array(8), 0xffff_ffff)),
  "length above the limit": (stream) =>
    write(frame(FrameType.Result, stream, new Uint8Array(8), 64 * 1024 + 1)),
  async "half a frame"(stream) {
    await write(
      frame(FrameType.Result, stream, new Uint8Array(100)).subarray(0, 40),
    );
    Deno.exit(0);
  },
  async "half a header"(stream) {
    await write(frame(FrameType.Result, stream).subarray(0, 5));
    Deno.exit(0);
  },
  exit() {
    console.error("the last words");
    Deno.exit(7);
  },
  "empty result": (stream) => write(frame(FrameType.Result, stream)),
  "bad CBOR": (stream) =>
    write(
      frame(
        FrameType.Result,
        stream,
        new Uint8Array([0x9b, 255, 255, 255, 255, 255, 255, 255, 255]),
      ),
    ),
  "bytes after a result": (stream) =>
    write(frame(FrameType.Result, stream, new Uint8Array([1, 1]))),
  "tag 27": (stream) =>
    // Tag 27 of ["eval", "globalThis.pwned = 1"] has cbor-x call it.
    write(
      frame(
        FrameType.Result,
        stream,
        new Uint8Array([
          0xd8,
          27,
          0x82,
          0x64,
          ...new TextEncoder().encode("eval"),
          0x74,
          ...new TextEncoder().encode("globalThis.pwned = 1"),
        ]),
      ),
    ),
  // What only captured values may hold, which never come from a far side.
  ...Object.fromEntries(
    Object.entries({
      Function: 0,
      Instance: [0, ["x", 1]],
      Symbol: [0, "iterator"],
      Special: [[], 0, []],
      Prototype: 0,
      Accessor: [0, null],
    }).map(([name, value]) => [
      `a captured ${name}`,
      (stream: number) => {
        const tag = ValueTag[name as keyof typeof ValueTag];
        const encoder = new Encoder({ useRecords: false });
        const bytes = encoder.encode([{ inside: new Tag(value, tag) }]);
        return write(frame(FrameType.Result, stream, bytes));
      },
    ]),
  ),
  "deep nesting": (stream) =>
    write(frame(FrameType.Result, stream, new Uint8Array(60_000).fill(0x81))),
  "indefinite length": (stream) =>
    write(frame(FrameType.Result, stream, new Uint8Array([0x9f, 1, 0xff]))),
  "bad failure": (stream) =>
    write(frame(FrameType.Failure, stream, new Uint8Array([0xff]))),
  "failure is null": (stream) => send(FrameType.Failure, stream, null),
  "a call as reply": (stream) => send(FrameType.Call, stream, {}),
  "a reset as reply": (stream) => write(frame(FrameType.Reset, stream)),
  "a hello as reply": (stream) => send(FrameType.Hello, stream, {}),
  "credit overflow": (stream) =>
    write(frame(FrameType.Credit, stream, u32(0xffff_ffff))),
  "bad credit": (stream) =>
    write(frame(FrameType.Credit, stream, new Uint8Array(3))),
  async "data without credit"(stream) {
    for (let i = 0; i < 64; i++) {
      await write(frame(FrameType.Data, stream, PART));
    }
  },
  "data without bytes": (stream) => write(frame(FrameType.Data, stream)),
  "parts without bytes": (stream) => write(frame(FrameType.Part, stream)),
  "an attachment": (stream) => write(frame(FrameType.Attach, stream, u32(1))),
  async "data after its end"(stream) {
    await write(frame(FrameType.End, stream));
    await write(frame(FrameType.Data, stream, PART));
  },
  async "parts without credit"(stream) {
    // Nobody waits for the credit that comes back.
    while (true) await write(frame(FrameType.Part, stream, PART));
  },
  async "parts above the limit"(stream) {
    let credit = 1024 * 1024;
    while (true) {
      while (credit >= PART.length) {
        await write(frame(FrameType.Part, stream, PART));
        credit -= PART.length;
      }
      const { payload } = await next(FrameType.Credit);
      credit += new DataView(payload.buffer).getUint32(0);
    }
  },
  async "parts on many streams"() {
    for (let stream = 2;; stream += 2) {
      for (let i = 0; i < 16; i++) {
        await write(frame(FrameType.Part, stream, PART));
      }
    }
  },
  async "thousands of streams"() {
    for (let stream = 2; stream < 20_000; stream += 2) {
      await write(frame(FrameType.Part, stream, new Uint8Array(1)));
    }
  },
  "a call from the agent": () =>
    send(FrameType.Call, 2, {
      fn: { builtin: "Deno.exit" },
      args: [],
      modules: 0,
    }),
  "a result on a stream of its own": () => send(FrameType.Result, 2, 1),
  "a bad need": () => write(frame(FrameType.Need, 2, new Uint8Array([0xff]))),
  "an unknown control message": () => send(FrameType.Bind, 0, {}),
  "a log that is null": () => send(FrameType.Log, 0, null),
  "an exit that is null": () => send(FrameType.RealmExit, 0, null),
  "an exit of no streams": () =>
    send(FrameType.RealmExit, 0, { streams: 1, slot: "length", reason: 1 }),
  async "thousands of hellos"() {
    for (let i = 0; i < 1000; i++) await hello();
    Deno.exit(5);
  },
  async "silence after the call"() {
    await new Promise(() => setInterval(() => {}, 1e6));
  },
};

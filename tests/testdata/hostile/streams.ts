// What an agent that means no good yields, and which streams it names in that.
import { Encoder, Tag } from "../../../wire/cbor.ts";
import { FrameType } from "../../../wire/frame.ts";
import { ValueTag } from "../../../wire/value_tags.ts";
import { frame, send, u32, write } from "./wire.ts";

const LIVE = ValueTag.Live;

/** A value of a stream, which says that it names streams or does not. */
function item(value: unknown, names: 0 | 1): Uint8Array {
  const bytes = new Encoder({ useRecords: false }).encode(value);
  const length = u32(bytes.length + names * 0x8000_0000);
  return new Uint8Array([...length, ...bytes]);
}

/** A value that names streams, in what a call yields. */
function live(stream: number, named: unknown[]): Promise<void> {
  const bytes = item(new Tag(named, LIVE), 1);
  return write(frame(FrameType.Live, stream + 2, bytes));
}

/** What comes once a call arrived; what it yields goes into the stream that was opened after it. */
export const streams: Record<string, (stream: number) => Promise<unknown>> = {
  "live: nonsense": (stream) =>
    write(frame(FrameType.Live, stream + 2, new Uint8Array(40).fill(0xa5))),
  "live: half a value": (stream) =>
    write(frame(FrameType.Live, stream + 2, item({}, 1).subarray(0, -1))),
  "live: a value of other kind": (stream) =>
    write(frame(FrameType.Live, stream + 2, item({}, 0))),
  "live: our own stream": (stream) => live(stream, [0, stream]),
  "live: a stream in use": (stream) => live(stream, [2, 32, 32]),
  "live: no stream": (stream) => live(stream, [0, "length"]),
  "live: no kind": (stream) => live(stream, [7, 32]),
  "live: a giant length": (stream) =>
    write(
      frame(FrameType.Data, stream + 2, new Uint8Array(4).fill(0x7f)),
    ),
  "live: unannounced": (stream) =>
    write(frame(FrameType.Data, stream + 2, item(new Tag([0, 32], LIVE), 0))),
  "live: without its streams": (stream) =>
    write(frame(FrameType.Data, stream + 2, item(new Tag([0, 32], LIVE), 1))),
  "live: a message": (stream) => send(FrameType.Need, stream + 2, {}),
  async "live: thousands"(stream) {
    for (let i = 1; i < 2000; i++) await live(stream, [0, 32 * i]);
  },
  async "live: a storm of ends"(stream) {
    for (let i = 0; i < 2000; i++) {
      await write(frame(FrameType.Reset, 32 * i + 32));
      await write(frame(FrameType.End, 32 * i + 32));
      await write(frame(FrameType.Ping, 32 * i + 32));
      await write(frame(FrameType.Data, 32 * i + 32, u32(0)));
    }
    await write(frame(FrameType.Data, stream + 2, item("fine", 0)));
    await write(frame(FrameType.End, stream + 2));
    await write(frame(FrameType.End, stream + 2));
    await write(frame(FrameType.Reset, stream + 2));
    await send(FrameType.Result, stream, undefined);
  },
};

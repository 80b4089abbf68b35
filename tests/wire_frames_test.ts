// Frames and the connection that they are on: what goes in comes out, and bytes that are none end it
// with a ProtocolError and in bounded memory.

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { ProtocolError } from "../wire/errors.ts";
import {
  FrameParser,
  FrameType,
  HEADER_SIZE,
  isUpTo,
  writeHeader,
} from "../wire/frame.ts";
import { Link } from "../wire/link.ts";
import { Mux } from "../wire/mux.ts";
import { addPiece, join } from "../wire/pieces.ts";
import { Spares } from "../wire/spares.ts";
import { frame, pipePair } from "./support/wire.ts";

function concat(parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

Deno.test("frames come out as they went in, however the bytes are cut", () => {
  const frames = fc.array(
    fc.tuple(
      fc.constantFrom(...Object.values(FrameType)),
      fc.nat(0xffff_ffff),
      fc.uint8Array({ maxLength: 300 }),
    ),
    { maxLength: 20 },
  );
  fc.assert(
    fc.property(
      frames,
      fc.array(fc.nat(100), { minLength: 1 }),
      (frames, cuts) => {
        const bytes = concat(
          frames.map(([type, id, payload]) => frame(type, id, payload)),
        );
        const got: [number, number, Uint8Array][] = [];
        const parser = new FrameParser((type, id, frame) =>
          got.push([type, id, frame.slice(HEADER_SIZE)])
        );
        let offset = 0;
        for (let i = 0; offset < bytes.length; i++) {
          const size = 1 + cuts[i % cuts.length]!;
          parser.push(bytes.subarray(offset, offset + size));
          offset += size;
        }
        assertEquals(got, frames as typeof got);
        assert(!parser.incomplete);
      },
    ),
  );
});

Deno.test("bytes that are no frames end in a ProtocolError", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 100 })), (pieces) => {
      const parser = new FrameParser(() => {});
      try {
        for (const piece of pieces) parser.push(piece);
      } catch (error) {
        assertInstanceOf(error, ProtocolError);
      }
    }),
    { numRuns: 2000 },
  );
  const parser = new FrameParser(() => {});
  assertThrows(
    () => parser.push(new Uint8Array([0xff, 0xff, 0xff, 0xff, 16, 0, 0, 0, 1])),
    ProtocolError,
    "above the limit",
  );
  assertThrows(
    () => new FrameParser(() => {}).push(frame(200, 1, new Uint8Array())),
    ProtocolError,
    "type 200 is unknown",
  );
});

Deno.test("the order of streams survives the wrap of their numbers", () => {
  assert(isUpTo(1, 1));
  assert(isUpTo(1, 3));
  assert(!isUpTo(3, 1));
  assert(isUpTo(0xffff_fffd, 1));
  assert(!isUpTo(1, 0xffff_fffd));
});

Deno.test("frames of nonsense on a connection end in a ProtocolError and in bounded memory", async () => {
  const anyFrame = fc.tuple(
    fc.constantFrom(...Object.values(FrameType)),
    fc.nat(40),
    fc.uint8Array({ maxLength: 64 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(anyFrame, { maxLength: 50 }), async (frames) => {
      const [here, there] = pipePair();
      const link = new Link(
        here,
        (type, stream, frame) => mux.receive(type, stream, frame),
      );
      const mux: Mux = new Mux(link, {
        firstId: 1,
        step: 2,
        maxIncoming: 8,
        onOpen: () => {},
      });
      mux.open();
      const done = link.run();
      for (const [type, stream, payload] of frames) {
        await there.write(frame(type, stream, payload));
      }
      there.abort();
      try {
        await done;
      } catch (error) {
        assertInstanceOf(error, ProtocolError);
      }
      mux.close(new Error("over"));
    }),
    { numRuns: 500 },
  );
});

Deno.test("a connection that ends within a frame is a ProtocolError", async () => {
  const [here, there] = pipePair();
  const link = new Link(here, () => {});
  const done = link.run();
  await there.write(
    frame(FrameType.Log, 0, new Uint8Array(10)).subarray(0, 12),
  );
  there.abort();
  await assertRejects(() => done, ProtocolError, "in the middle");
});

for (
  const [name, type] of [
    ["pings", FrameType.Ping],
    ["asks what was read", FrameType.Mark],
  ] as const
) {
  Deno.test(`a side that ${name} and does not read gets a bounded number of answers`, async () => {
    const frames = new Uint8Array(1000 * HEADER_SIZE);
    for (let i = 0; i < 1000; i++) {
      writeHeader(frames, i * HEADER_SIZE, 0, type, i % 2);
    }
    let reads = 0;
    let most = 0;
    const link = new Link({
      async read() {
        await new Promise((resolve) => setTimeout(resolve));
        most = Math.max(most, link.pending);
        return reads++ < 200 ? frames : undefined;
      },
      write: () => new Promise(() => {}),
      abort: () => {},
    }, (type, stream, frame) => mux.receive(type, stream, frame));
    const mux: Mux = new Mux(link, { firstId: 1, step: 2 });
    await link.run();
    assert(most > 0 && most < 1024 * 1024, `${most} bytes wait`);
  });
}

Deno.test("bytes that arrive one by one are kept in few pieces", () => {
  const bytes = Uint8Array.from({ length: 20_000 }, (_, i) => i);
  const pieces: Uint8Array[] = [];
  for (let i = 0; i < bytes.length; i++) {
    addPiece(pieces, bytes.slice(i, i + 1));
  }
  assert(pieces.length <= 5, `${pieces.length} pieces`);
  assertEquals(join(pieces), bytes);
});

Deno.test("bytes that were given back lend their memory to some that fit, and nothing of them shows", () => {
  const spares = new Spares();
  const first = spares.copy(new Uint8Array(100).fill(1));
  spares.add(first);
  const second = spares.copy(new Uint8Array(60).fill(2));
  assertEquals(second.buffer, first.buffer);
  assertEquals(second, new Uint8Array(60).fill(2));
  spares.add(second);
  const larger = new Uint8Array(200).fill(3);
  const third = spares.copy(larger);
  assertEquals(third, larger);
  assert(third.buffer !== larger.buffer && third.buffer !== first.buffer);
});

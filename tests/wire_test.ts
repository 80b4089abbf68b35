// Frames, links and streams: what goes in comes out, nothing grows without bound, and hostile
// bytes end the connection with a ProtocolError.

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { ReceiveWindow, SendWindow } from "../wire/credit.ts";
import { ProtocolError } from "../wire/errors.ts";
import {
  FrameParser,
  FrameType,
  HEADER_SIZE,
  isUpTo,
  writeHeader,
} from "../wire/frame.ts";
import { INITIAL_WINDOW, MAX_FRAME_SIZE, MAX_WINDOW } from "../wire/limits.ts";
import { Link, type Pipe } from "../wire/link.ts";
import { Mux, type MuxOptions } from "../wire/mux.ts";
import { addPiece, join } from "../wire/pieces.ts";
import type { Stream } from "../wire/stream.ts";

function frame(type: number, stream: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER_SIZE + payload.length);
  writeHeader(bytes, 0, payload.length, type, stream);
  bytes.set(payload, HEADER_SIZE);
  return bytes;
}

function concat(parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

/** Two pipes that lead to each other, and count what waits in them. */
function pipePair(): [
  Pipe & { queued(): number },
  Pipe & { queued(): number },
] {
  function half() {
    const queue: Uint8Array[] = [];
    let wake: (() => void) | undefined;
    let ended = false;
    return {
      queue,
      push(bytes: Uint8Array) {
        queue.push(bytes.slice());
        wake?.();
      },
      end() {
        ended = true;
        wake?.();
      },
      async next() {
        while (queue.length === 0) {
          if (ended) return undefined;
          await new Promise<void>((resolve) => wake = resolve);
        }
        return queue.shift();
      },
    };
  }
  const [a, b] = [half(), half()];
  function pipe(from: typeof a, to: typeof a) {
    return {
      read: () => from.next(),
      write: (bytes: Uint8Array) => Promise.resolve(to.push(bytes)),
      abort: () => {
        from.end();
        to.end();
      },
      queued: () => to.queue.reduce((sum, bytes) => sum + bytes.length, 0),
    };
  }
  return [pipe(a, b), pipe(b, a)];
}

interface End {
  link: Link;
  mux: Mux;
  pipe: Pipe & { queued(): number };
  done: Promise<void>;
}

function connect(
  options: [Partial<MuxOptions>, Partial<MuxOptions>],
): [End, End] {
  const ends = pipePair().map((pipe, i) => {
    const link = new Link(
      pipe,
      (type, stream, frame) => mux.receive(type, stream, frame),
    );
    const mux = new Mux(link, { firstId: 1 + i, step: 2, ...options[i] });
    return { link, mux, pipe, done: link.run() };
  });
  return ends as [End, End];
}

async function close(ends: [End, End]): Promise<void> {
  for (const { pipe } of ends) pipe.abort();
  await Promise.all(ends.map(({ done }) => done));
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

Deno.test("a message of any size arrives whole, and small ones pass large ones", async () => {
  const got: [number, Uint8Array][] = [];
  const all = Promise.withResolvers<void>();
  const ends = connect([{}, {
    onOpen: (stream, _type, payload) => {
      got.push([stream.id, payload.slice()]);
      if (got.length === 3) all.resolve();
    },
  }]);
  const large = crypto.getRandomValues(new Uint8Array(65536));
  const message = new Uint8Array(5 * 1024 * 1024).map((_, i) =>
    large[i % 65536]!
  );
  const [first, second, third] = [
    ends[0].mux.open(),
    ends[0].mux.open(),
    ends[0].mux.open(),
  ];
  first.send(FrameType.Call, message);
  second.send(FrameType.Call, new Uint8Array([1]));
  third.send(FrameType.Call, new Uint8Array(MAX_FRAME_SIZE));
  await all.promise;
  assertEquals(got.map(([id]) => id), [second.id, third.id, first.id]);
  assertEquals(got[2]![1], message);
  await close(ends);
});

Deno.test("messages on one stream keep their order, large before small", async () => {
  const sizes: number[] = [];
  const all = Promise.withResolvers<void>();
  const ends = connect([{}, {
    onOpen: (stream, _type, payload) => {
      stream.onMessage = (_type, payload) => {
        sizes.push(payload.length);
        if (sizes.length === 3) all.resolve();
      };
      sizes.push(payload.length);
    },
  }]);
  const stream = ends[0].mux.open();
  stream.send(FrameType.Call, new Uint8Array(3 * INITIAL_WINDOW));
  stream.send(FrameType.Result, new Uint8Array(1));
  stream.send(FrameType.Result, new Uint8Array(MAX_FRAME_SIZE + 1));
  await all.promise;
  assertEquals(sizes, [3 * INITIAL_WINDOW, 1, MAX_FRAME_SIZE + 1]);
  await close(ends);
});

Deno.test("a reader that does not read stops its writer and no other stream", async () => {
  const opened = Promise.withResolvers<Stream>();
  let echoes = 0;
  const ends = connect([{}, {
    onOpen: (stream, type, payload) => {
      if (type === FrameType.Call) opened.resolve(stream);
      else stream.send(FrameType.Result, payload.slice());
    },
  }]);
  const bulk = ends[0].mux.open();
  bulk.send(FrameType.Call, new Uint8Array(1));
  let written = 0;
  const writing = (async () => {
    for (let i = 0; i < 64; i++) {
      await bulk.write(new Uint8Array(MAX_FRAME_SIZE));
      written += MAX_FRAME_SIZE;
    }
    await bulk.end();
  })();
  const slow = await opened.promise;
  for (let i = 0; i < 100; i++) {
    const stream = ends[0].mux.open();
    const answered = Promise.withResolvers<void>();
    stream.onMessage = () => {
      echoes++;
      stream.close();
      answered.resolve();
    };
    stream.send(FrameType.Need, new Uint8Array(10));
    await answered.promise;
  }
  assertEquals(echoes, 100);
  assert(written <= INITIAL_WINDOW, `wrote ${written} bytes to nobody`);
  let read = 0;
  for (let bytes; (bytes = await slow.read()) !== undefined;) {
    read += bytes.length;
  }
  await writing;
  assertEquals(read, 64 * MAX_FRAME_SIZE);
  await close(ends);
});

Deno.test("a window grows while its sender keeps up with it, up to a limit, and not otherwise", () => {
  const fast = new ReceiveWindow();
  for (let i = 0; i < 200; i++) {
    fast.receive(INITIAL_WINDOW / 2);
    fast.consume(INITIAL_WINDOW / 2, 10_000);
  }
  assertEquals(fast.size, MAX_WINDOW);
  const slow = new ReceiveWindow();
  for (let i = 0; i < 200; i++) {
    slow.receive(INITIAL_WINDOW / 2);
    slow.consume(INITIAL_WINDOW / 2, 0);
  }
  assertEquals(slow.size, INITIAL_WINDOW);
});

Deno.test("data without credit and credit without measure are protocol errors", async () => {
  const window = new ReceiveWindow();
  window.receive(INITIAL_WINDOW);
  assertThrows(() => window.receive(1), ProtocolError, "credit");
  const sender = new SendWindow();
  assertThrows(() => sender.grant(0xffff_ffff), ProtocolError, "credit");
  const taken = await sender.take(10);
  assertEquals(taken, 10);
  sender.fail(new Error("over"));
  await assertRejects(() => sender.take(1), Error, "over");
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

Deno.test("a message above the limit ends the connection before it is all there", async () => {
  const ends = connect([{}, { maxMessageSize: 1024 * 1024, onOpen: () => {} }]);
  const stream = ends[0].mux.open();
  stream.send(FrameType.Call, new Uint8Array(3 * 1024 * 1024))?.catch(() => {});
  await assertRejects(() => ends[1].done, ProtocolError, "above the limit");
  ends[0].pipe.abort();
  await ends[0].done;
  ends[0].mux.close(new Error("over"));
});

Deno.test("the end of a connection fails what waits on its streams", async () => {
  const ends = connect([{}, { onOpen: () => {} }]);
  const stream = ends[0].mux.open();
  const failed = Promise.withResolvers<Error>();
  stream.onFail = failed.resolve;
  const sending = stream.write(new Uint8Array(2 * INITIAL_WINDOW));
  ends[0].mux.close(new Error("the end"));
  assertEquals((await failed.promise).message, "the end");
  await assertRejects(() => sending, Error, "the end");
  assertThrows(() => ends[0].mux.open(), Error, "the end");
  await close(ends);
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

Deno.test("a reader that cancels ends its writer, and a stream that is over its reader", async () => {
  const opened = Promise.withResolvers<Stream>();
  const ends = connect([{}, { onOpen: (stream) => opened.resolve(stream) }]);
  const stream = ends[0].mux.open();
  stream.send(FrameType.Call, new Uint8Array(1));
  const writing = stream.write(new Uint8Array(4 * INITIAL_WINDOW));
  const far = await opened.promise;
  await far.read();
  far.reset();
  far.close();
  await assertRejects(() => writing, Error, "cancelled");

  const second = ends[0].mux.open();
  const pending = second.read();
  second.close();
  await assertRejects(() => pending, Error, "over");
  await close(ends);
});

Deno.test("bytes that arrive one by one are kept in few pieces", () => {
  const bytes = Uint8Array.from({ length: 20_000 }, (_, i) => i);
  const pieces: Uint8Array[] = [];
  for (let i = 0; i < bytes.length; i++) {
    addPiece(pieces, bytes.slice(i, i + 1));
  }
  assert(pieces.length <= 5, `${pieces.length} pieces`);
  assertEquals(join(pieces), bytes);
});

Deno.test("a message that is given up in the middle leaves room for the next ones", async () => {
  const messages: number[] = [];
  const size = 2 * INITIAL_WINDOW;
  const ends = connect([
    { maxMessageSize: size, onOpen: () => {} },
    {
      maxMessageSize: size,
      onOpen: (stream, _, message) => {
        messages.push(message.length);
        stream.close();
      },
    },
  ]);
  const [a] = ends;
  for (let i = 0; i < 4; i++) {
    const stream = a.mux.open();
    for (let part = 0; part < 17; part++) {
      a.link.send(FrameType.Part, stream.id, new Uint8Array(60_000));
    }
    stream.reset();
    stream.close();
  }
  // Larger than the first window, so that it needs credit.
  const stream = a.mux.open();
  await stream.send(FrameType.Call, new Uint8Array(size));
  assertEquals(messages, [size]);
  await close(ends);
});

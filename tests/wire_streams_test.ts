// Streams of a connection: messages of any size, credit that bounds what nobody reads, and how they
// end.

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ReceiveWindow, SendWindow } from "../wire/credit.ts";
import { ProtocolError } from "../wire/errors.ts";
import { FrameType } from "../wire/frame.ts";
import { INITIAL_WINDOW, MAX_FRAME_SIZE, MAX_WINDOW } from "../wire/limits.ts";
import type { Stream } from "../wire/stream.ts";
import { clock } from "./support/clock.ts";
import { close, connect } from "./support/wire.ts";

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
  let now = 0;
  using _ = clock(() => now);
  const rtt = 10;
  /** The window of who takes so long to send half of one, some times. */
  function sizeAfter(ms: number): number {
    const window = new ReceiveWindow();
    for (let i = 0; i < 200; i++) {
      now += ms;
      const half = window.size / 2;
      window.receive(half);
      window.consume(half, rtt);
    }
    return window.size;
  }
  assertEquals(sizeAfter(2 * rtt - 1), MAX_WINDOW);
  assertEquals(sizeAfter(2 * rtt), INITIAL_WINDOW);
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

// The pace of bulk data: a message never waits behind much of it, and it still gets through.

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { FrameType } from "../wire/frame.ts";
import { INITIAL_WINDOW } from "../wire/limits.ts";
import { Link, type Pipe } from "../wire/link.ts";
import { Mux, type MuxOptions } from "../wire/mux.ts";
import { Pace } from "../wire/pace.ts";
import type { Stream } from "../wire/stream.ts";
import { nextTurn } from "../wire/turn.ts";
import { clock } from "./support/clock.ts";

/** A way that holds any number of bytes, and lets 64 KiB through in each of its turns. */
function way(
  onTurn = () => {},
): Pick<Pipe, "read" | "write"> & { held(): number; end(): void } {
  const held: Uint8Array[] = [];
  let ended = false;
  return {
    held: () => held.reduce((sum, bytes) => sum + bytes.length, 0),
    end: () => void (ended = true),
    write(bytes) {
      held.push(bytes.slice());
      return Promise.resolve();
    },
    async read() {
      for (;;) {
        await new Promise((resolve) => setTimeout(resolve));
        onTurn();
        const piece = new Uint8Array(64 * 1024);
        let filled = 0;
        while (held.length > 0 && filled < piece.length) {
          const taken = held[0]!.subarray(0, piece.length - filled);
          piece.set(taken, filled);
          filled += taken.length;
          if (taken.length === held[0]!.length) held.shift();
          else held[0] = held[0]!.subarray(taken.length);
        }
        if (filled > 0) return piece.subarray(0, filled);
        if (ended) return undefined;
      }
    },
  };
}

/** Connects two ends by ways, one of which opens streams. */
function connect(
  there: ReturnType<typeof way>,
  back: ReturnType<typeof way>,
  onOpen: MuxOptions["onOpen"],
): { link: Link; sender: Mux; close(): Promise<void> } {
  const abort = () => {};
  const left: Link = new Link(
    { read: back.read, write: there.write, abort },
    (type, id, frame) => sender.receive(type, id, frame),
  );
  const sender = new Mux(left, { firstId: 1, step: 2 });
  const right: Link = new Link(
    { read: there.read, write: back.write, abort },
    (type, id, frame) => target.receive(type, id, frame),
  );
  const target = new Mux(right, { firstId: 2, step: 2, onOpen: onOpen! });
  const runs = [left.run(), right.run()];
  return {
    link: left,
    sender,
    async close() {
      there.end();
      back.end();
      await Promise.all(runs);
    },
  };
}

/** Reads all that a stream has. */
async function drain(
  stream: Stream,
  onBytes: (bytes: number) => void,
): Promise<void> {
  let bytes: Uint8Array | undefined;
  while ((bytes = await stream.read()) !== undefined) onBytes(bytes.length);
}

/**
 * Sends bulk data through some streams at once, and messages beside it. Returns how much was ahead of
 * each message, in order of size.
 */
async function sendBeside(streams: number): Promise<number[]> {
  // A turn takes a millisecond, however busy the machine is.
  let turns = 0;
  using _ = clock(() => turns);
  const there = way(turn);
  const ahead: number[] = [];
  function turn(): void {
    turns++;
    if (arrived < 4 * INITIAL_WINDOW) return; // It has to learn first.
    if (arrived >= 8 * INITIAL_WINDOW) return;
    ahead.push(there.held() + link.pending);
    sender.open().send(FrameType.Call, new Uint8Array(1));
  }
  const size = 10 * INITIAL_WINDOW;
  let arrived = 0;
  let messages = 0;
  const drained: Promise<void>[] = [];
  const { link, sender, close } = connect(
    there,
    way(),
    (stream, _type, payload) => {
      if (payload.length === 1) messages++;
      else drained.push(drain(stream, (bytes) => void (arrived += bytes)));
    },
  );
  await Promise.all(Array.from({ length: streams }, async () => {
    const bulk = sender.open();
    bulk.send(FrameType.Call, new Uint8Array(2));
    await bulk.write(new Uint8Array(size / streams));
    await bulk.end();
  }));
  await Promise.all(drained);
  assertEquals(arrived, size);
  assert(ahead.length > 20);
  assertEquals(messages, ahead.length);
  await close();
  return ahead.sort((a, b) => a - b);
}

Deno.test("what is sent beside bulk data waits behind little of it, although the way would hold all", async () => {
  const ahead = await sendBeside(1);
  // In the middle: both sides are uneven. Without a pace it is the window of the stream, which grows
  // to many times that.
  const middle = ahead[ahead.length >> 1]!;
  assert(middle <= 1.75 * INITIAL_WINDOW, `${middle} bytes are ahead`);
});

Deno.test("bulk data of many streams at once is no more under way than that of one", async () => {
  const ahead = await sendBeside(64);
  const middle = ahead[ahead.length >> 1]!;
  assert(middle <= 1.75 * INITIAL_WINDOW, `${middle} bytes are ahead`);
});

Deno.test("bulk data gets through beside calls that fill the way by themselves", async () => {
  let turns = 0;
  using _ = clock(() => turns);
  const patience = 1000;
  let arrived = 0;
  let isOver = false;
  const drained = Promise.withResolvers<void>();
  const call = () => {
    // Each that arrives is followed by another one at once.
    if (isOver || turns >= patience) return;
    sender.open().send(FrameType.Call, new Uint8Array(1000));
  };
  const { sender, close } = connect(
    way(() => void turns++),
    way(),
    (stream, type) => {
      if (type === FrameType.Call) return call();
      drain(stream, (bytes) => void (arrived += bytes)).then(drained.resolve);
    },
  );
  const bulk = sender.open();
  bulk.send(FrameType.File, new Uint8Array(1));
  // It learns how little an empty way holds.
  for (let i = 1; i <= 10; i++) {
    await bulk.write(new Uint8Array(64 * 1024));
    while (arrived < i * 64 * 1024) await nextTurn();
  }
  for (let i = 0; i < 500; i++) call();
  const begun = turns;
  while (turns < begun + 20) await nextTurn();
  await bulk.write(new Uint8Array(2 * INITIAL_WINDOW));
  await bulk.end();
  await drained.promise;
  isOver = true;
  assert(turns < patience, "it waited for the end of the calls");
  await close();
});

Deno.test("after a rest as much may go at once as a first call takes, and then what was read must be said", () => {
  const pace = new Pace();
  for (let round = 0; round < 3; round++) {
    let gone = 0;
    while (pace.allows(0, true)) {
      pace.write(64 * 1024);
      gone += 64 * 1024;
    }
    assert(gone >= INITIAL_WINDOW && gone <= 64 * INITIAL_WINDOW);
    pace.read(gone);
    assertEquals(pace.underWay, 0);
  }
});

/** What a side does that has bulk data, in some order; numbers are sizes or times. */
const actions = fc.array(
  fc.oneof(
    fc.record({ bulk: fc.integer({ min: 4096, max: 131_072 }) }),
    fc.record({ message: fc.integer({ min: 10, max: 2000 }) }),
    fc.record({ wait: fc.integer({ min: 0, max: 20_000 }) }),
    fc.constant({ call: true }),
    fc.constant({ answer: true }),
  ),
  { minLength: 100, maxLength: 1000 },
);

Deno.test("whoever waits for its pace is let go on by an answer that is on its way, or asks for one", () => {
  let now = 0;
  using _ = clock(() => now);
  fc.assert(fc.property(actions, (actions) => {
    const pace = new Pace();
    let [sent, read] = [0, 0];
    /** What had been sent when each answer was asked for that has not come. */
    const asked: number[] = [];
    function write(bytes: number): void {
      if (pace.wantsAnswer(bytes)) pace.isAsking = true;
      send(bytes);
    }
    function send(bytes: number): void {
      const isAsking = pace.isAsking;
      pace.write(bytes);
      sent += bytes;
      if (isAsking) asked.push(sent);
    }
    function answer(): void {
      pace.read(asked[0]! - read);
      read = asked.shift()!;
    }
    for (const action of actions) {
      if ("bulk" in action) {
        for (let turns = 0; !pace.allows(0, true); turns++) {
          assert(turns < 1000);
          if (pace.isAnswered) {
            pace.isAsking = true;
            send(9);
          }
          assert(asked.length > 0, "nothing lets it go on");
          now += 1;
          answer();
        }
        write(action.bulk);
      } else if ("message" in action) write(action.message);
      else if ("wait" in action) now += action.wait;
      else if ("call" in action) pace.call();
      else if (asked.length > 0) answer();
      assert(asked.length < 1000);
    }
  }));
});

Deno.test("bulk data asks a few times for all that may be under way, and stands back while someone calls", () => {
  let now = 0;
  using _ = clock(() => now);
  const pace = new Pace();
  /** Writes as much as it may, and returns how much that was and how often it asked. */
  function fill(): [bytes: number, questions: number] {
    let [bytes, questions] = [0, 0];
    while (pace.allows(0, true)) {
      if (pace.wantsAnswer(65_536)) {
        pace.isAsking = true;
        questions++;
      }
      pace.write(65_536);
      bytes += 65_536;
    }
    return [bytes, questions];
  }
  // 64 KiB a millisecond.
  function drain(bytes: number): void {
    now += bytes / 65_536;
    pace.read(bytes);
  }
  function write(): void {
    pace.isAsking = true;
    pace.write(65_536);
  }
  for (let i = 0; i < 5; i++) {
    write();
    drain(65_536);
  }
  write(); // From now on it is never at rest.
  const [leisurely, questions] = fill();
  assert(questions >= 2 && questions <= 16, `${questions} questions`);
  pace.call(); // One call need not be followed by others.
  drain(leisurely);
  const [still] = fill();
  pace.call();
  drain(still);
  const [hurried] = fill();
  assert(hurried < still / 2, `${hurried} of ${still} bytes`);
  now += 2000;
  drain(hurried);
  const [again] = fill();
  assert(again > 2 * hurried, `${again} after ${hurried} bytes`);
});

Deno.test("who says to have read more than there was changes nothing", () => {
  const pace = new Pace();
  pace.write(100_000);
  pace.read(2 ** 32 - 1);
  assertEquals(pace.underWay, 0);
  pace.write(10_000);
  assertEquals(pace.underWay, 10_000);
});

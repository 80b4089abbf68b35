// What the supervisor relays to a realm, and in which order.

import { assertEquals, assertMatch } from "@std/assert";
import { Realm } from "../agent/supervised_realm.ts";
import { FrameType, HEADER_SIZE, writeHeader } from "../wire/frame.ts";
import { PROTOCOL_VERSION } from "../wire/limits.ts";
import { nextTurn } from "../wire/turn.ts";
import { timeLimits } from "./support/clock.ts";
import { meeting } from "./support/meeting.ts";
import { eventually } from "./support/processes.ts";

/** A frame without a payload. */
function frame(type: FrameType, stream: number): Uint8Array {
  const bytes = new Uint8Array(HEADER_SIZE);
  writeHeader(bytes, 0, 0, type, stream);
  return bytes;
}

Deno.test("a realm gets the cancellation of a call that was held back, though older streams speak in between", async () => {
  // Says back what it is told, so that the test sees what gets through, and when.
  const process = new Deno.Command("setsid", {
    args: ["cat"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const seen: [FrameType, number][] = [];
  const through = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const writer = process.stdin.getWriter();
  const realm = new Realm({ process, writer }, {
    slot: 0,
    env: {},
    cwd: null,
  }, {
    onFrame: (type, stream) => {
      if (type === FrameType.Hello) return;
      seen.push([type, stream]);
      if (stream === 2) through.resolve();
    },
    onLine: () => {},
    onExit: () => ended.resolve(),
    drained: () => Promise.resolve(),
  });
  realm.begin({
    version: PROTOCOL_VERSION,
    maxMessageSize: 1024,
    slot: 0,
    first: 32,
    path: [],
    depthLimit: 2,
    after: 0,
  });
  const relay = (type: FrameType, stream: number) =>
    realm.relay(stream, frame(type, stream));
  relay(FrameType.Call, 5);
  realm.expectAnswer(5, 60_000);
  relay(FrameType.Cancel, 5);
  relay(FrameType.Call, 7); // Held back until 5 is answered.
  realm.answered(5);
  relay(FrameType.Pong, 5);
  realm.expectAnswer(7, 60_000);
  relay(FrameType.Cancel, 7);
  relay(FrameType.Credit, 2); // The last one, of a stream that is never held back.
  await through.promise;
  assertEquals(seen, [
    [FrameType.Call, 5],
    [FrameType.Cancel, 5],
    [FrameType.Call, 7],
    [FrameType.Pong, 5],
    [FrameType.Cancel, 7],
    [FrameType.Credit, 2],
  ]);
  realm.kill();
  await ended.promise;
  await writer.close().catch(() => {});
});

Deno.test("what a realm wrote last is read before its end is told, however long the controller takes for it", async () => {
  await using at = await meeting();
  // It ends although nobody reads the rest, as that is no more than a pipe holds.
  const script =
    'echo begun >&2; until [ -e "$0/go" ]; do :; done; yes | head -c 60000 >&2';
  const process = new Deno.Command("setsid", {
    args: ["sh", "-c", script, at.dir],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  using limits = timeLimits();
  const writer = process.stdin.getWriter();
  const gate = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  let lines = 0;
  let atEnd: number | undefined;
  const realm = new Realm({ process, writer }, {
    slot: 0,
    env: {},
    cwd: null,
  }, {
    onFrame: () => {},
    onLine: () => void lines++,
    onExit() {
      atEnd = lines;
      ended.resolve();
    },
    drained: () => lines > 0 ? gate.promise : Promise.resolve(),
  });
  realm.begin({
    version: PROTOCOL_VERSION,
    maxMessageSize: 1024,
    slot: 0,
    first: 32,
    path: [],
    depthLimit: 2,
    after: 0,
  });
  await eventually(() => lines === 1);
  await at.say("go");
  // The time that there is for the rest passes again and again, and nobody takes anything.
  for (let i = 0; i < 5; i++) {
    await eventually(() => atEnd !== undefined || limits.pass().length > 0);
  }
  assertEquals(atEnd, undefined);
  gate.resolve();
  await ended.promise;
  assertEquals(atEnd, 30_001);
  await writer.close().catch(() => {});
});

Deno.test("a child that writes for ever keeps nobody from hearing that its realm has ended", async () => {
  const process = new Deno.Command("setsid", {
    args: ["sh", "-c", "yes >&2 & exit 3"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  using limits = timeLimits();
  const writer = process.stdin.getWriter();
  let why: string | undefined;
  const realm = new Realm({ process, writer }, {
    slot: 0,
    env: {},
    cwd: null,
  }, {
    onFrame: () => {},
    onLine: () => {},
    onExit: (reason) => void (why = reason),
    drained: nextTurn,
  });
  realm.begin({
    version: PROTOCOL_VERSION,
    maxMessageSize: 1024,
    slot: 0,
    first: 32,
    path: [],
    depthLimit: 2,
    after: 0,
  });
  await eventually(() => {
    limits.pass();
    return why !== undefined;
  });
  assertMatch(why!, /3/);
  await writer.close().catch(() => {});
});

// What the supervisor relays to a realm, and in which order.

import { assert, assertEquals, assertMatch } from "@std/assert";
import { Realm, type RealmEvents } from "../agent/supervised_realm.ts";
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

/** A realm whose process is a command instead; disposing lets go of what it reads. */
interface Played extends AsyncDisposable {
  realm: Realm;
  /** Resolves to why it has ended. */
  ended: Promise<string>;
}

function play(argv: string[], events: Partial<RealmEvents>): Played {
  const process = new Deno.Command("setsid", {
    args: argv,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = process.stdin.getWriter();
  const { promise: ended, resolve } = Promise.withResolvers<string>();
  const place = { slot: 0, env: {}, cwd: null };
  const realm = new Realm({ process, writer }, place, {
    onFrame: () => {},
    onLine: () => {},
    onExit: resolve,
    drained: () => Promise.resolve(),
    ...events,
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
  return {
    realm,
    ended,
    [Symbol.asyncDispose]: () => writer.close().catch(() => {}),
  };
}

Deno.test("a realm gets the cancellation of a call that was held back, though older streams speak in between", async () => {
  const seen: [FrameType, number][] = [];
  const through = Promise.withResolvers<void>();
  // Says back what it is told, so that the test sees what gets through, and when.
  await using cat = play(["cat"], {
    onFrame: (type, stream) => {
      if (type === FrameType.Hello) return;
      seen.push([type, stream]);
      if (stream === 2) through.resolve();
    },
  });
  const { realm } = cat;
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
  await cat.ended;
});

Deno.test("what a realm wrote last is read before its end is told, however long the controller takes for it", async () => {
  await using at = await meeting();
  // It ends although nobody reads the rest, as that is no more than a pipe holds.
  const script =
    'echo begun >&2; until [ -e "$0/go" ]; do :; done; yes | head -c 60000 >&2';
  using limits = timeLimits();
  const gate = Promise.withResolvers<void>();
  let lines = 0;
  let isOver = false;
  await using shell = play(["sh", "-c", script, at.dir], {
    onLine: () => void lines++,
    drained: () => lines > 0 ? gate.promise : Promise.resolve(),
  });
  const atEnd = shell.ended.then(() => {
    isOver = true;
    return lines;
  });
  await eventually(() => lines === 1);
  await at.say("go");
  // The time that there is for the rest passes again and again, and nobody takes anything.
  for (let i = 0; i < 5; i++) {
    await eventually(() => isOver || limits.pass().length > 0);
  }
  assert(!isOver);
  gate.resolve();
  assertEquals(await atEnd, 30_001);
});

Deno.test("a child that writes for ever keeps nobody from hearing that its realm has ended", async () => {
  using limits = timeLimits();
  let isOver = false;
  const script = "yes >&2 & exit 3";
  await using shell = play(["sh", "-c", script], { drained: nextTurn });
  const ended = shell.ended.finally(() => isOver = true);
  await eventually(() => {
    limits.pass();
    return isOver;
  });
  assertMatch(await ended, /3/);
});

// Agents that mean no good: whatever one sends, the controller lives, says what is wrong, and its
// other tunnels never notice.

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import {
  ConnectError,
  Local,
  ProtocolError,
  RealmTerminatedError,
  RemoteError,
  sanitize,
  TongsError,
  TunnelClosedError,
  type TunnelOptions,
} from "../mod.ts";
import { Hostile } from "./support/hostile.ts";
import { echo } from "./testdata/functions.ts";
import { processesMatching } from "./support/processes.ts";
import { recorder, rejection, testdata } from "./support/tunnels.ts";

/** The error that a call meets, and whether a tunnel beside it was left in peace. */
async function attack(
  scenario: string,
  options: TunnelOptions = {},
  ...args: string[]
): Promise<Error> {
  await using good = new Local("good");
  assertEquals(await good.call(echo, 1), 1);
  await using hostile = new Hostile(scenario, options, ...args);
  const underWay = good.call(echo, 2);
  const error = await rejection(hostile.call(echo, 1));
  assertEquals(hostile.connected, false);
  assertEquals([await underWay, await good.call(echo, 3)], [2, 3]);
  return error;
}

// deno-lint-ignore no-explicit-any
type ErrorClass = new (...args: any[]) => Error;

const ENDS: [scenario: string, error: ErrorClass, message: RegExp][] = [
  ["unknown type", ProtocolError, /"hostile" broke: .*type 99 is unknown/],
  ["type 0", ProtocolError, /type 0 is unknown/],
  ["giant length", ProtocolError, /length 4294967295 is above the limit/],
  ["length above the limit", ProtocolError, /length 65537 is above the limit/],
  ["half a frame", ProtocolError, /ended in the middle/],
  ["half a header", ProtocolError, /ended in the middle/],
  ["exit", TunnelClosedError, /ended with status 7\n {2}\| the last words/],
  ["empty result", ProtocolError, /it ends too early/],
  ["bad CBOR", ProtocolError, /it ends too early/],
  ["bytes after a result", ProtocolError, /bytes follow it/],
  ["tag 27", ProtocolError, /its tag 27 is unknown/],
  ["a captured Function", ProtocolError, /its tag 40016 is unknown/],
  ["a captured Instance", ProtocolError, /its tag 40017 is unknown/],
  ["a captured Symbol", ProtocolError, /its tag 40018 is unknown/],
  ["a captured Special", ProtocolError, /its tag 40019 is unknown/],
  ["a captured Prototype", ProtocolError, /its tag 40020 is unknown/],
  ["a captured Accessor", ProtocolError, /its tag 40021 is unknown/],
  ["deep nesting", ProtocolError, /nested too deep|ends too early/],
  ["indefinite length", ProtocolError, /indefinite length/],
  ["bad failure", ProtocolError, /decode/],
  ["failure is null", ProtocolError, /./],
  ["a call as reply", ProtocolError, /type 16/],
  ["a hello as reply", ProtocolError, /type 1/],
  ["credit overflow", ProtocolError, /credit/],
  ["bad credit", ProtocolError, /credit/],
  ["data without credit", ProtocolError, /exceeded its credit/],
  ["data without bytes", ProtocolError, /without bytes/],
  ["parts without bytes", ProtocolError, /without bytes/],
  ["an attachment", ProtocolError, /type 26/],
  ["data after its end", ProtocolError, /after the end/],
  ["thousands of streams", ProtocolError, /more than 1024 streams/],
  ["a call from the agent", ProtocolError, /type 16/],
  ["a result on a stream of its own", ProtocolError, /type 17/],
  ["a bad need", ProtocolError, /decode/],
  ["an unknown control message", ProtocolError, /type 23/],
  ["a log that is null", ProtocolError, /./],
  ["an exit that is null", ProtocolError, /./],
  ["an exit of no streams", ProtocolError, /./],
  ["other version", ProtocolError, /version 2147483648 .* not 1/],
  ["hello is null", ProtocolError, /./],
  ["thousands of hellos", ProtocolError, /[Hh]ello/],
  ["end before hello", ConnectError, /exit status 3/],
  ["false magic", ConnectError, /no agent came up \(exit status 0\)/],
];

for (const [scenario, expected, message] of ENDS) {
  Deno.test(`an agent that sends ${scenario} ends its own tunnel with a ${expected.name}`, async () => {
    const error = await attack(scenario);
    assertInstanceOf(error, expected);
    assertMatch(error.message, message);
    assert(!("pwned" in globalThis));
  });
}

const STREAMED: [scenario: string, message: RegExp][] = [
  ["nonsense", /not whole|above the limit/],
  ["half a value", /not whole/],
  ["a value of other kind", /not whole/],
  ["our own stream", /Cannot take \d+ as a new stream/],
  ["a stream in use", /Cannot take 32 as a new stream/],
  ["no stream", /Cannot read a stream/],
  ["no kind", /Cannot read a stream/],
  ["a giant length", /above the limit of/],
  ["unannounced", /a stream in a place where none can be/],
  ["without its streams", /its streams did not come/],
  ["a message", /type 21/],
  ["thousands", /more than 1024 streams|exceeded its credit/],
];

for (const [scenario, message] of STREAMED) {
  Deno.test(`an agent that streams ${scenario} ends that with a ProtocolError`, async () => {
    await using hostile = new Hostile(`live: ${scenario}`);
    const error = await rejection(Array.fromAsync(hostile.stream(() => [1])));
    assertInstanceOf(error, ProtocolError);
    assertMatch(error.message, message);
  });
}

Deno.test("an agent that ends what never was changes nothing for what is", async () => {
  await using hostile = new Hostile("live: a storm of ends");
  const values = await Array.fromAsync(hostile.stream(() => ["fine"]));
  assertEquals(values, ["fine"]);
  assert(hostile.connected);
});

for (const scenario of ["mute", "silence", "no hello", "stderr noise"]) {
  Deno.test(`an agent that never comes up (${scenario}) is given up after connectTimeout`, async () => {
    const error = await attack(scenario, { connectTimeout: 500 });
    assertInstanceOf(error, ConnectError);
    assertEquals((error as ConnectError).reason, "timeout");
    assertStringIncludes(error.message, "within 500 ms");
  });
}

/** A process that an agent leaves behind, and that holds its output until it is disposed. */
function holder(): Disposable & { seconds: string; isThere: () => boolean } {
  const random = crypto.getRandomValues(new Uint32Array(2)).join("");
  const seconds = `300.${random}`; // Longer than anybody waits.
  const found = () => processesMatching(`sleep ${seconds}`);
  return {
    seconds,
    isThere: () => found().length > 0,
    [Symbol.dispose]() {
      for (const { pid } of found()) Deno.kill(pid, "SIGKILL");
    },
  };
}

for (
  const scenario of ["silence after the call", "its output is held by another"]
) {
  Deno.test(`an agent that shows no sign of life (${scenario}) is given up`, async () => {
    using another = holder();
    const error = await attack(scenario, { keepAlive: 100 }, another.seconds);
    assertInstanceOf(error, TunnelClosedError);
    assertStringIncludes(error.message, "silent");
    assertEquals(another.isThere(), scenario.includes("another"));
  });
}

Deno.test("close() returns although another process holds the agent's output", async () => {
  using another = holder();
  const hostile = new Hostile(
    "its output is held by another",
    {},
    another.seconds,
  );
  const call = rejection(hostile.call(echo, 1));
  await hostile.connect();
  const late = rejection(hostile.close().then(() => Promise.reject("closed")));
  assertEquals(await late, "closed");
  assert(another.isThere());
  assertInstanceOf(await call, TunnelClosedError);
});

for (
  const scenario of ["replies to calls never made", "exits of calls never made"]
) {
  Deno.test(`an agent that sends ${scenario} disturbs nobody`, async () => {
    await using hostile = new Hostile(scenario);
    assertEquals(await hostile.call(echo, 1), "fine" as unknown as number);
    assertEquals(hostile.connected, true);
  });
}

Deno.test("an agent's log reaches the sink with a known level, and a terminal without escapes", async () => {
  const log = recorder();
  await using hostile = new Hostile("logs with escapes", log);
  const outcome = await hostile.call(echo, 1).catch((error) => error);
  const first = log.records.find(({ level }) => level === "error")!;
  assertEquals(sanitize(first.text), "␛[2J␛]0;gotcha␇�gnp.exe␍�1A");
  for (const { level, text, host } of log.records) {
    assert(["debug", "info", "warn", "error", "output"].includes(level));
    assertEquals([typeof text, host], ["string", "hostile"]);
  }
  if (outcome !== "fine") assertInstanceOf(outcome, ProtocolError);
});

Deno.test("an agent that resets the stream of a call fails that call and no other", async () => {
  await using hostile = new Hostile("a reset as reply");
  const error = await rejection(hostile.call(echo, 1));
  assertInstanceOf(error, TongsError);
  assertEquals(hostile.connected, true);
});

for (
  const [scenario, expected] of [
    ["an exit with escapes", RealmTerminatedError],
    ["an error with escapes", RemoteError],
    ["a thrown value with escapes", RemoteError],
    ["escapes in version", ProtocolError],
  ] as [string, ErrorClass][]
) {
  Deno.test(`what an agent says in ${scenario} cannot reach a terminal as it is`, async () => {
    await using hostile = new Hostile(scenario);
    const error = await rejection(hostile.call(echo, 1));
    assertInstanceOf(error, expected);
    for (
      const text of [
        error.message,
        error.name,
        String(error.stack),
        Deno.inspect(error),
      ]
    ) {
      assertEquals(text, sanitize(text));
    }
  });
}

Deno.test("floods of any kind take bounded memory, and leave other tunnels in peace", async () => {
  const expected: Record<string, RegExp> = {
    "noise": /^ConnectError: .*no/,
    "lines": /^ConnectError: .*no/,
    "parts without credit": /^ProtocolError: .*(credit|above the limit)/,
    "parts above the limit": /^ProtocolError: .*above the limit/,
    "parts on many streams": /^ProtocolError: .*Cannot take more than/,
    "thousands of streams": /^ProtocolError: .*streams/,
  };
  const script = new URL(testdata("attacked.ts")).pathname;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", script, ...Object.keys(expected)],
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  const { outcomes, peak } = JSON.parse(new TextDecoder().decode(stdout));
  for (const [scenario, outcome] of Object.entries(expected)) {
    assertMatch(outcomes[scenario], outcome);
  }
  assert(peak < 640, `It took ${peak} MiB`);
});

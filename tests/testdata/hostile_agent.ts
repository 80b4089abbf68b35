// An agent that means no good: it comes up like a real one, then does what its argument says.
import { encodeValue } from "../../wire/encode_value.ts";
import { decodeValue } from "../../wire/decode_value.ts";
import {
  FrameParser,
  FrameType,
  HEADER_SIZE,
  writeHeader,
} from "../../wire/frame.ts";
import { Encoder, Tag } from "../../wire/cbor.ts";
import { ValueTag } from "../../wire/value_tags.ts";
import { answers } from "./hostile_files.ts";
import type { ModuleRecord, Modules } from "../../wire/messages.ts";

interface Frame {
  type: number;
  stream: number;
  payload: Uint8Array;
}

const frames: Frame[] = [];
let wake: (() => void) | undefined;
let rest = new Uint8Array();

async function read(): Promise<Uint8Array> {
  const buffer = new Uint8Array(256 * 1024);
  const count = await Deno.stdin.read(buffer);
  if (count === null) Deno.exit(0);
  return buffer.subarray(0, count);
}

async function take(size: number): Promise<Uint8Array> {
  while (rest.length < size) {
    rest = new Uint8Array(
      await new Blob([rest, await read() as Uint8Array<ArrayBuffer>])
        .arrayBuffer(),
    );
  }
  const taken = rest.slice(0, size);
  rest = rest.slice(size);
  return taken;
}

async function block(): Promise<Uint8Array> {
  const size = new DataView((await take(4)).buffer).getUint32(0);
  return await take(size);
}

async function listen(): Promise<void> {
  const parser = new FrameParser((type, stream, frame) => {
    frames.push({ type, stream, payload: frame.slice(HEADER_SIZE) });
    wake?.();
  });
  for (let bytes: Uint8Array = rest;; bytes = await read()) parser.push(bytes);
}

async function next(type: number): Promise<Frame> {
  while (true) {
    const found = frames.findIndex((frame) => frame.type === type);
    if (found >= 0) return frames.splice(found, 1)[0]!;
    await new Promise<void>((resolve) => wake = resolve);
  }
}

async function write(bytes: Uint8Array): Promise<void> {
  while (bytes.length > 0) {
    bytes = bytes.subarray(await Deno.stdout.write(bytes));
  }
}

function frame(
  type: number,
  stream: number,
  payload: Uint8Array = new Uint8Array(),
  length = payload.length,
): Uint8Array {
  const bytes = new Uint8Array(HEADER_SIZE + payload.length);
  writeHeader(bytes, 0, length, type, stream);
  bytes.set(payload, HEADER_SIZE);
  return bytes;
}

function send(type: number, stream: number, value: unknown): Promise<void> {
  return write(frame(type, stream, encodeValue(value)));
}

function hello(version = 1): Promise<void> {
  return send(FrameType.Hello, 0, {
    version,
    maxMessageSize: 1 << 27,
    pid: 1,
    deno: "2.9.4",
    os: "linux",
    arch: "x86_64",
  });
}

async function text(text: string): Promise<void> {
  await write(new TextEncoder().encode(text));
}

/** Waits for the first call. */
function call(): Promise<Frame> {
  return next(FrameType.Call);
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

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

/** What the controller pushed. */
async function pushed(): Promise<ModuleRecord[]> {
  const { records } = decodeValue(
    (await next(FrameType.Modules)).payload,
  ) as Modules;
  return records!;
}

const config = JSON.parse(
  Deno.args[0] === "mute" ? "{}" : new TextDecoder().decode(await block()),
);
if (Deno.args[0] !== "mute") await block();
const scenario = Deno.args[0]!;

const PART = new Uint8Array(64 * 1024);

const beforeMagic: Record<string, () => Promise<void>> = {
  mute: () => new Promise(() => setInterval(() => {}, 1e6)),
  silence: () => new Promise(() => setInterval(() => {}, 1e6)),
  async noise() {
    const noise = new Uint8Array(64 * 1024).fill(0x2e);
    while (true) await write(noise);
  },
  async lines() {
    const noise = new Uint8Array(64 * 1024).fill(0x0a);
    while (true) await write(noise);
  },
  async "stderr noise"() {
    const noise = new Uint8Array(64 * 1024).fill(0x2e);
    while (true) await Deno.stderr.write(noise);
  },
  async "false magic"() {
    await text(`\ntongs-${"0".repeat(24)}\n`);
    Deno.exit(0);
  },
};

/** What comes right after the magic line. */
const afterMagic: Record<string, () => Promise<void>> = {
  async "no hello"() {
    await new Promise(() => setInterval(() => {}, 1e6));
  },
  async "other version"() {
    await hello(2 ** 31);
  },
  async "hello is null"() {
    await send(FrameType.Hello, 0, null);
  },
  "end before hello": () => Deno.exit(3),
  async "escapes in version"() {
    await send(FrameType.Hello, 0, { version: "\x1b[2J\x1b]0;gotcha\x07" });
  },
};

/** What comes once a call arrived. */
const afterCall: Record<string, (stream: number) => Promise<unknown>> = {
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
  async "silence, its output held by another"() {
    new Deno.Command("sleep", {
      args: ["30"],
      stdin: "null",
      stdout: "inherit",
      stderr: "inherit",
    }).spawn();
    await new Promise(() => setInterval(() => {}, 1e6));
  },

  // What a call yields goes into the stream that was opened after it.
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

  // After these the tunnel lives.
  async "replies to calls never made"(stream) {
    for (let other = stream + 2; other < stream + 2000; other += 2) {
      await send(FrameType.Result, other, "never asked for");
      await send(FrameType.Failure, other, { error: 1, agent: false });
    }
    await send(FrameType.Result, stream, "fine");
  },
  async "exits of calls never made"(stream) {
    await send(FrameType.RealmExit, 0, {
      streams: [0, 2, stream + 2, -1, "x"],
      slot: 99,
      reason: "none",
    });
    await send(FrameType.Result, stream, "fine");
  },
  async "logs with escapes"(stream) {
    await send(FrameType.Log, 0, {
      level: "error",
      text: "\x1b[2J\x1b]0;gotcha\x07\u202egnp.exe\r\x9b1A",
    });
    await send(FrameType.Log, 0, { level: "\x1b[2J", text: { toString: 1 } });
    await send(FrameType.Result, stream, "fine");
  },
  "an exit with escapes": (stream) =>
    send(FrameType.RealmExit, 0, {
      streams: [stream],
      slot: 0,
      reason: "\x1b[2J\x1b]0;gotcha\x07",
    }),
  "an error with escapes": (stream) => {
    const error = new Error("\x1b[2Jmessage", {
      cause: { inner: new Error("\x1b[2Jinner") },
    });
    error.name = "\x1b[2JName";
    error.stack = "\x1b[2JName: \x1b[2Jmessage\n    at \x1b[2Jhere";
    return send(FrameType.Failure, stream, {
      error: Object.assign(error, { "\x1b[2J": "\x1b[2J" }),
      agent: false,
    });
  },
  "a thrown value with escapes": (stream) =>
    send(FrameType.Failure, stream, {
      error: { "\x1b[2J": "\x1b[2J", inner: new Error("\x1b[2Jinner") },
      agent: false,
    }),
  async "needs"(stream) {
    const records = await pushed();
    const referrer = records.at(-1)!.url;
    // Another module that asks is given by a part of its address.
    const imports = JSON.parse(Deno.args[1]!).map((
      one: string | [specifier: string, referrer: string],
    ) => {
      if (typeof one === "string") return [one, referrer];
      const found = records.find(({ url }) => url.includes(one[1]));
      return [one[0], found?.url ?? one[1]];
    });
    imports.push(["./public.ts", "tongs:///etc/passwd"], [
      "file:///etc/hosts.ts",
      "file:///etc/passwd",
    ]);
    await send(FrameType.Need, 2, { imports });
    let answer: Modules | undefined;
    while (answer === undefined) {
      const { stream, payload } = await next(FrameType.Modules);
      if (stream === 2) answer = decodeValue(payload) as Modules;
    }
    await send(FrameType.Result, stream, {
      ...answer,
      asked: imports.map(([specifier]: string[]) => specifier),
    });
  },
};

const before = beforeMagic[scenario];
if (before !== undefined) await before();
await text(`a line of noise\n\n${config.magic}\n`);
const after = afterMagic[scenario];
if (after !== undefined) await after();
else await hello();
listen();
if (scenario.startsWith("file:")) {
  const { stream } = await next(FrameType.File);
  const send = (type: number, stream: number, payload?: Uint8Array) =>
    write(frame(type, stream, payload));
  await answers(send)[scenario]?.(stream);
} else {
  const { stream } = await call();
  await afterCall[scenario]?.(stream);
}

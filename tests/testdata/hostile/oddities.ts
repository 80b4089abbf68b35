// What an agent says that is wrong, odd or not for it to ask, and after which the tunnel lives.
import { decodeValue } from "../../../wire/decode_value.ts";
import { FrameType } from "../../../wire/frame.ts";
import type { ModuleRecord, Modules } from "../../../wire/messages.ts";
import { next, send } from "./wire.ts";

/** What the controller pushed. */
async function pushed(): Promise<ModuleRecord[]> {
  const { records } = decodeValue(
    (await next(FrameType.Modules)).payload,
  ) as Modules;
  return records!;
}

/** What comes once a call arrived. */
export const oddities: Record<string, (stream: number) => Promise<unknown>> = {
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

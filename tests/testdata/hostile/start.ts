// How an agent that means no good comes up.
import { FrameType } from "../../../wire/frame.ts";
import { hello, send, text, write } from "./wire.ts";

/** What comes instead of the magic line, or before it. */
export const beforeMagic: Record<string, () => Promise<void>> = {
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
export const afterMagic: Record<string, () => Promise<void>> = {
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
  /** And silence, as nothing is said to a call. */
  async "its output is held by another"() {
    new Deno.Command("sleep", {
      args: [Deno.args[1]!],
      stdin: "null",
      stdout: "inherit",
      stderr: "inherit",
    }).spawn();
    await hello();
  },
  async "escapes in version"() {
    await send(FrameType.Hello, 0, { version: "\x1b[2J\x1b]0;gotcha\x07" });
  },
};

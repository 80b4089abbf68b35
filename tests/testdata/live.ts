// Functions that stream, and that talk through channels, with what they did to be asked for later.

import type { Channel } from "../../mod.ts";
import { remote } from "../../mod.ts";

const notes: unknown[] = [];
let made = 0;

/** What was noted so far. */
export function noted(): unknown[] {
  return notes;
}

/** How many numbers were made so far. */
export function madeSoFar(): number {
  return made;
}

/** Numbers, for ever or up to some. */
export function* numbers(end = Infinity): Generator<number> {
  try {
    for (let i = 0; i < end; i++) {
      made++;
      yield i;
    }
  } finally {
    notes.push("finally");
  }
}

/** Numbers, and then an error. */
export async function* failing(): AsyncGenerator<number> {
  yield 1;
  yield await Promise.resolve(2);
  throw new RangeError("no more numbers");
}

/** Nothing, for ever. */
export async function* silent(): AsyncGenerator<number> {
  remote.signal.addEventListener("abort", () => notes.push("aborted"));
  notes.push("waiting");
  await new Promise(() => {});
  yield 1;
}

/** One number, and then nothing but work, which it says before. */
export function* stuck(): Generator<number> {
  yield 1;
  Deno.stdout.writeSync(new TextEncoder().encode("stuck\n"));
  for (;;);
}

/** A chunk of a size, so many times. */
export function* chunks(size: number, count: number): Generator<Uint8Array> {
  for (let i = 0; i < count; i++) yield new Uint8Array(size).fill(i);
}

/** Streams, each of its number for ever. */
export function* manyStreams(
  count: number,
): Generator<ReadableStream<number>> {
  for (let i = 0; i < count; i++) {
    made++;
    yield new ReadableStream({ pull: (controller) => controller.enqueue(i) });
  }
}

/** A stream in a value. */
export function nested(): { list: [ReadableStream<string>, string] } {
  return { list: [ReadableStream.from(["a", "b"]), "beside it"] };
}

/** Adds up numbers. */
export async function sum(values: AsyncIterable<number>): Promise<number> {
  let total = 0;
  for await (const value of values) total += value;
  return total;
}

/** Takes some of the values, and leaves. */
export async function takeSome(
  values: AsyncIterable<number>,
  count: number,
): Promise<number[]> {
  const taken: number[] = [];
  for await (const value of values) {
    taken.push(value);
    if (taken.length === count) break;
  }
  return taken;
}

/** What goes wrong in reading a stream. */
export async function failureOf(
  values: ReadableStream<unknown>,
): Promise<[unknown[], Error]> {
  const seen: unknown[] = [];
  try {
    for await (const value of values) seen.push(value);
  } catch (error) {
    return [seen, error as Error];
  }
  throw new Error("Nothing went wrong");
}

/** Writes into a stream. */
export async function write(
  to: WritableStream<string>,
  values: string[],
  error?: string,
): Promise<void> {
  const writer = to.getWriter();
  for (const value of values) await writer.write(value);
  if (error === undefined) await writer.close();
  else await writer.abort(new RangeError(error));
}

/** Says back what it hears. */
export async function echo(channel: Channel<unknown, unknown>): Promise<void> {
  for await (const value of channel) await channel.send(value);
}

/** Sends some numbers, and then throws. */
export async function sendAndThrow(
  channel: Channel<number, never>,
  count: number,
): Promise<void> {
  for (let i = 0; i < count; i++) await channel.send(i);
  throw new RangeError("there is no more");
}

/** Sends for as long as someone listens. */
export async function sendForEver(
  channel: Channel<number, never>,
): Promise<void> {
  try {
    for (let i = 0;; i++) {
      await channel.send(i);
      made++;
    }
  } catch (error) {
    notes.push((error as Error).name, (error as Error).message);
    throw error;
  }
}

/** Hears for as long as someone speaks. */
export async function listen(channel: Channel<never, number>): Promise<void> {
  const heard: number[] = [];
  try {
    for await (const value of channel) heard.push(value);
    notes.push(heard, "end");
  } catch (error) {
    notes.push(heard, (error as Error).message);
  }
}

/** Answers over channels that come over a channel. */
export async function answerOn(
  channel: Channel<never, { to: Channel<string, never>; text: string }>,
): Promise<void> {
  for await (const { to, text } of channel) {
    await to.send(text.toUpperCase());
    await to.close();
  }
}

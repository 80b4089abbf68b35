// Both ends of a `sync` in one process. The code is the same on the controller and on the far side, so
// that a hostile end is played by a test that says what it likes.

import {
  DATA,
  DIRECTORY,
  DONE,
  ENTRIES,
  FILE,
  LEAVE,
  type SyncEvent,
} from "../../files/sync_messages.ts";
import { receiveTree } from "../../files/sync_receive.ts";
import { Records } from "../../files/sync_records.ts";
import { sendTree } from "../../files/sync_send.ts";
import type { LocalTree } from "../../files/sync_source.ts";
import { encodeValue } from "../../wire/encode_value.ts";
import type { Scratch } from "./trees.ts";

/** Two ends of a connection. */
export function pair(): [Records, Records, close: () => void, end: () => void] {
  const one = new TransformStream<Uint8Array, Uint8Array>();
  const two = new TransformStream<Uint8Array, Uint8Array>();
  const end = (
    { readable }: typeof one,
    { writable }: typeof one,
  ): [Records, WritableStreamDefaultWriter<Uint8Array>] => {
    const reader = readable.getReader();
    const writer = writable.getWriter();
    return [
      new Records({
        read: async () => (await reader.read()).value,
        write: (bytes) => writer.write(bytes.slice()),
      }),
      writer,
    ];
  };
  const [a, toB] = end(one, two);
  const [b, toA] = end(two, one);
  return [a, b, () => {
    for (const writer of [toA, toB]) writer.close().catch(() => {});
  }, () => void toB.close().catch(() => {})];
}

/** A record that an end says. */
export type Said = [type: number, payload?: unknown];

function raw(payload: unknown): Uint8Array {
  return payload instanceof Uint8Array ? payload : encodeValue(payload);
}

const TEXT = new TextEncoder();

/** The text of a file. */
export const HELLO: Uint8Array = TEXT.encode("hello");

/** What is said at the end of a file of that text. */
export const DIGEST: string =
  "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

/** The entry of the directory itself. */
export const root: unknown[] = [DIRECTORY, "", 0o755, 0];

/** The end of a directory. */
export const leave: unknown[] = [LEAVE, null];

/** The entry of a file. */
export function file(name: string, size = 5): unknown[] {
  return [FILE, name, 0o644, 0, size];
}

/** What a sender says that lists something in the root, and no more. */
export function listing(...entries: unknown[]): Said[] {
  return [[ENTRIES, [root, ...entries, leave]]];
}

/** The content of a file. */
export const content: Said[] = [[DATA, HELLO], [DONE, TEXT.encode(DIGEST)]];

/** What becomes of a target when a sender says something. */
export async function receive(
  files: Scratch,
  said: Said[],
  { remove = false, exclude, dryRun = false, onEvent }: {
    onEvent?: () => void;
    remove?: boolean;
    exclude?: RegExp;
    dryRun?: boolean;
  } = {},
) {
  const [sender, receiver, close, end] = pair();
  const events: SyncEvent[] = [];
  const held = new Set<string>();
  const outcome = receiveTree(receiver, files.at("target"), {
    delete: remove,
    exclude,
    dryRun,
    hold: (path) => {
      held.add(path);
      return Promise.resolve(() => void held.delete(path));
    },
    onEvent(...event) {
      events.push(event);
      onEvent?.();
    },
  }).then(() => undefined, (error) => error);
  const listening = (async () => {
    while (await sender.read() !== undefined);
  })().catch(() => {});
  const saying = (async () => {
    for (const [type, payload] of said) {
      await sender.add(type, payload === undefined ? undefined : raw(payload));
    }
    await sender.flush();
    end();
  })().catch(() => {});
  await Promise.race([saying, outcome]); // Who is refused is not listened to any more.
  const error = await outcome;
  close();
  await listening;
  return { error, events, held };
}

/** What a sender says to a receiver that answers as it likes. */
export async function send(tree: LocalTree, answers: Said[]) {
  const [sender, receiver, close] = pair();
  const sent = sendTree(sender, tree, { dryRun: false })
    .then(() => undefined, (error) => error);
  const heard: Said[] = [];
  const listening = (async () => {
    let record;
    while ((record = await receiver.read()) !== undefined) {
      heard.push([record[0], record[1].slice()]);
    }
  })().catch(() => {});
  for (const [type, payload] of answers) await receiver.add(type, raw(payload));
  await receiver.flush();
  const error = await Promise.race([sent, listening.then(() => sent)]);
  close();
  await listening;
  return { error, heard };
}

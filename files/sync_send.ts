// The side of a sync that has the tree. It lists ahead of the answers, so that many files cost one
// round trip, and sends what is wanted one after the other.

import { decodeValue } from "../wire/decode_value.ts";
import { encodeValue } from "../wire/encode_value.ts";
import { ProtocolError } from "../wire/errors.ts";
import { FileError } from "./file_error.ts";
import {
  DATA,
  DIFFERS,
  DONE,
  END,
  ENTRIES,
  type Entry,
  EVENTS,
  FILE,
  MAX_BATCHES,
  MAX_WANTS,
  SAME,
  SMALL_FILE,
  type SyncProgressStep,
  UNREADABLE,
  type Want,
  WANTS,
} from "./sync_messages.ts";
import type { Records } from "./sync_records.ts";
import type { Listed, TreeSource } from "./sync_source.ts";
import type { Batch } from "./sync_walk.ts";
import { Turns } from "./turns.ts";

const ENCODER = new TextEncoder();

/** Options of {@linkcode sendTree}. */
export interface SendOptions {
  /** Whether contents are compared only. */
  dryRun: boolean;
  /** Takes how many files and bytes were wanted or sent more than before. */
  onProgress?: (progress: SyncProgressStep) => void;
  /** Takes what the receiver says, which is not checked. */
  onEvents?: (events: unknown) => void;
}

/**
 * Sends a tree, and waits until the receiver says no more.
 *
 * @throws {FileError} If the tree cannot be listed at all.
 */
export async function sendTree(
  records: Records,
  tree: TreeSource,
  options: SendOptions,
): Promise<void> {
  const answers = new Answers(records, options);
  const batches = tree.list();
  try {
    const open: Batch[] = [];
    let listed = false;
    for (;;) {
      while (!listed && open.length < MAX_BATCHES) {
        const { done, value: batch } = await batches.next();
        if (done) {
          listed = true;
          break;
        }
        answers.expect();
        await records.add(ENTRIES, encodeValue(batch.entries));
        options.onProgress?.({ entries: batch.entries.length });
        open.push(batch);
      }
      const batch = open.shift();
      if (batch === undefined) break;
      await records.flush();
      await send(records, tree, batch, await answers.next(), options);
    }
    await records.add(END);
    await records.flush();
    await answers.end;
  } finally {
    await batches.return?.();
  }
}

/** What the receiver says, while this side may be sending. */
class Answers {
  /** Resolves when it says no more. */
  readonly end: Promise<void>;

  #options: SendOptions;
  #expected = 0;
  #arrived: unknown[] = [];
  #change = Promise.withResolvers<void>();

  constructor(records: Records, options: SendOptions) {
    this.#options = options;
    this.end = this.#listen(records);
    this.end.catch((error) => this.#change.reject(error));
    this.#change.promise.catch(() => {});
  }

  /** Notes that there is one more batch to answer. */
  expect(): void {
    this.#expected++;
  }

  /** The next answer. */
  async next(): Promise<unknown> {
    while (this.#arrived.length === 0) await this.#change.promise;
    return this.#arrived.shift();
  }

  async #listen(records: Records): Promise<void> {
    for (;;) {
      const record = await records.read();
      if (record === undefined) {
        return this.#change.reject(
          new ProtocolError("Cannot sync: the other side has ended early"),
        );
      }
      const [type, payload] = record;
      if (type === WANTS && payload.length > MAX_WANTS) {
        throw new ProtocolError("Cannot take an answer that is so long");
      }
      const message = decodeValue(payload);
      if (type === EVENTS) {
        this.#options.onEvents?.(message);
      } else if (type === WANTS && this.#expected-- > 0) {
        this.#arrived.push(message);
        this.#change.resolve();
        this.#change = Promise.withResolvers();
        this.#change.promise.catch(() => {});
      } else throw new ProtocolError(`Cannot take a record of type ${type}`);
    }
  }
}

/** Sends the files that are wanted of a batch. */
async function send(
  records: Records,
  tree: TreeSource,
  { entries, paths }: Batch,
  answer: unknown,
  { dryRun, onProgress }: SendOptions,
): Promise<void> {
  const wants = readWants(answer, entries);
  if (wants.length > 0) {
    const bytes = wants.reduce((sum, { size }) => sum + size, 0);
    onProgress?.({ wanted: bytes });
  }
  const turns = new Turns();
  for (const { position, size, mtime, sha256 } of wants) {
    const turn = turns.next();
    if (turn !== undefined) await turn;
    const file = { path: paths[position]!, size, mtime };
    try {
      if (sha256 !== null && await tree.digest(file) === sha256) {
        await records.add(SAME);
        onProgress?.({ wanted: -size });
      } else if (dryRun) await records.add(DIFFERS);
      else {
        if (size > SMALL_FILE) await sendLarge(records, tree, file, onProgress);
        else {
          const read = tree.readSmall(file);
          const whole = read instanceof Promise ? await read : read;
          // Thousands of these follow each other, and waiting is most of what they cost.
          const added = size > 0 ? records.add(DATA, whole.bytes) : undefined;
          if (added !== undefined) await added;
          const done = records.add(DONE, ENCODER.encode(whole.sha256));
          if (done !== undefined) await done;
          onProgress?.({ path: file.path, bytes: size });
        }
        onProgress?.({ path: file.path, files: 1 });
      }
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      await records.add(UNREADABLE, ENCODER.encode(error.message));
    }
  }
}

async function sendLarge(
  records: Records,
  tree: TreeSource,
  file: Listed,
  onProgress: SendOptions["onProgress"],
): Promise<void> {
  const pieces = tree.read(file);
  try {
    for (;;) {
      const { done, value } = await pieces.next();
      if (done) return await records.add(DONE, ENCODER.encode(value));
      await records.add(DATA, value);
      onProgress?.({ path: file.path, bytes: value.length });
    }
  } finally {
    await pieces.return(""); // Closes the file.
  }
}

/** Checks what a receiver wants: no file twice, and nothing that was not listed. */
function readWants(answer: unknown, entries: Entry[]) {
  let last = -1;
  if (!Array.isArray(answer)) throw new ProtocolError("Cannot read an answer");
  return (answer as Want[]).map(([position, sha256]) => {
    const entry = entries[position];
    if (entry?.[0] !== FILE || !(position > last)) {
      throw new ProtocolError("Cannot send a file that is not wanted so");
    }
    last = position;
    return { position, size: entry[4], mtime: entry[3], sha256 };
  });
}

// The side of a sync that gets a tree. It compares ahead of the contents, but changes things in the
// order of the listing only, one after the other: what a later entry does can never get in the way
// of an earlier one. The sender may be hostile. A path is made of names that were checked, in
// directories that were found or made as such, so that nothing is ever written through a link.

import { decodeValue } from "../wire/decode_value.ts";
import { encodeValue } from "../wire/encode_value.ts";
import { ProtocolError } from "../wire/errors.ts";
import { Comparison, type Step } from "./sync_compare.ts";
import { Incoming } from "./sync_incoming.ts";
import {
  BATCH_SIZE,
  DATA,
  DIFFERS,
  DONE,
  END,
  ENTRIES,
  MAX_BATCHES,
  SAME,
  type SyncCounts,
  type SyncProgressStep,
  UNREADABLE,
  type Want,
  WANTS,
} from "./sync_messages.ts";
import { Place, type PlaceOptions } from "./sync_place.ts";
import type { Records } from "./sync_records.ts";
import { Turns } from "./turns.ts";

/**
 * The most that may be left to do before a batch: the others that a sender is ahead, in each of which
 * one more may have slipped in. So what a hostile one can make this side keep is tens of megabytes.
 */
const MAX_STEPS = MAX_BATCHES * (BATCH_SIZE + 1);

const DECODER = new TextDecoder();

/** Options of {@linkcode receiveTree}. */
export interface ReceiveOptions extends PlaceOptions {
  /** Takes what was done more than before. */
  onProgress?: (progress: SyncProgressStep) => void;
}

/**
 * Makes a copy of a tree.
 *
 * @param records Where it comes from.
 * @param root The absolute path of the copy.
 * @param options What may be done.
 * @returns What was done.
 * @throws {ProtocolError} If what the sender says makes no sense.
 */
export async function receiveTree(
  records: Records,
  root: string,
  options: ReceiveOptions,
): Promise<SyncCounts> {
  using place = new Place(root, options);
  // Not `await using`: esbuild drops that where the variable is used only once.
  const receiver = new Receiver(records, place, options);
  try {
    await receiver.run();
  } finally {
    await receiver[Symbol.asyncDispose]();
  }
  return place.counts;
}

class Receiver implements AsyncDisposable {
  #records: Records;
  #place: Place;
  #options: ReceiveOptions;
  #comparison: Comparison;
  #steps: Step[] = [];
  #next = 0;
  #incoming: Incoming | undefined;
  #turns = new Turns();

  constructor(records: Records, place: Place, options: ReceiveOptions) {
    this.#records = records;
    this.#place = place;
    this.#options = options;
    this.#comparison = new Comparison(
      place,
      options,
      (step) => void this.#steps.push(step),
    );
  }

  async run(): Promise<void> {
    for (;;) {
      const record = this.#records.next() ?? await this.#records.read();
      if (record === undefined) {
        throw new ProtocolError("Cannot sync: the other side has ended early");
      }
      const [type, payload] = record;
      if (type === ENTRIES) await this.#compare(decodeValue(payload));
      else if (type === END) {
        const isDone = this.#steps.length === this.#next;
        if (!isDone || !this.#comparison.isComplete) {
          throw new ProtocolError("Cannot sync: the tree is not complete");
        }
        return;
      } else {
        const received = this.#receive(type, payload);
        if (received !== undefined) await received;
      }
      const turn = this.#turns.next();
      if (turn !== undefined) await turn;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#incoming?.[Symbol.asyncDispose]();
  }

  /**
   * Takes what belongs to the next file. Returns a promise only if there is something to wait for,
   * which is not so for most small files.
   */
  #receive(type: number, payload: Uint8Array): Promise<void> | undefined {
    const wanted = this.#steps[this.#next];
    if (wanted === undefined || typeof wanted === "function") {
      throw new ProtocolError("Cannot take a file that was not asked for");
    }
    const incoming = this.#incoming ??= new Incoming(this.#place, wanted);
    const { path } = wanted;
    if (type === DATA) {
      if (payload.length > incoming.rest) {
        throw new ProtocolError("Cannot take more of a file than there is");
      }
      const written = incoming.write(payload);
      this.#options.onProgress?.({ path, bytes: payload.length });
      return written;
    }
    if (type !== DONE || incoming.rest > 0) {
      return this.#end(incoming, type, payload);
    }
    const sha256 = DECODER.decode(payload);
    try {
      if (!incoming.commitNow(sha256)) {
        return this.#end(incoming, type, payload);
      }
    } catch (error) {
      return this.#place.fail(path, error).then(() => this.#goOn());
    }
    this.#options.onProgress?.({ path, files: 1 });
    const told = this.#place.wrote(wanted);
    return told === undefined ? this.#goOn() : told.then(() => this.#goOn());
  }

  /** Takes the end of a file. */
  async #end(
    incoming: Incoming,
    type: number,
    payload: Uint8Array,
  ): Promise<void> {
    const { wanted } = incoming;
    const { path } = wanted;
    try {
      if (!wanted.parent.failed) {
        await this.#place.attempt(path, async () => {
          if (type === DONE && incoming.rest === 0) {
            await incoming.commit(DECODER.decode(payload));
            this.#options.onProgress?.({ path, files: 1 });
            await this.#place.wrote(wanted);
          } else if (type === SAME) {
            this.#options.onProgress?.({ wanted: -wanted.size });
            await this.#place.attributes(wanted);
          } else if (type === DIFFERS) await this.#place.wrote(wanted);
          else if (type === UNREADABLE) {
            throw new Error(DECODER.decode(payload));
          } else throw new ProtocolError("Cannot take this record here");
        });
      }
    } finally {
      await incoming[Symbol.asyncDispose]();
    }
    await this.#goOn();
  }

  /** Goes on with what comes after a file. */
  #goOn(): Promise<void> | undefined {
    this.#incoming = undefined;
    this.#next++;
    return typeof this.#steps[this.#next] === "object"
      ? undefined
      : this.#advance();
  }

  /** Does what does not wait for a file. */
  async #advance(): Promise<void> {
    for (;;) {
      const step = this.#steps[this.#next];
      if (step === undefined) break;
      if (typeof step !== "function") return;
      await step();
      this.#next++;
    }
  }

  /** Compares a batch of entries with what is there, and asks for what differs. */
  async #compare(entries: unknown): Promise<void> {
    if (!Array.isArray(entries) || entries.length > 2 * BATCH_SIZE) {
      throw new ProtocolError("Cannot read a listing");
    }
    if (this.#steps.length - this.#next > MAX_STEPS) {
      throw new ProtocolError("Cannot take a listing without its files");
    }
    const wants: Want[] = [];
    let size = 0;
    for (const [position, entry] of entries.entries()) {
      const want = await this.#comparison.take(entry);
      if (want === undefined) continue;
      wants.push([position, want.sha256]);
      size += entry[4];
    }
    this.#options.onProgress?.({ entries: entries.length, wanted: size });
    await this.#records.add(WANTS, encodeValue(wants));
    await this.#records.flush();
    await this.#advance();
    this.#steps.splice(0, this.#next); // What was done.
    this.#next = 0;
  }
}

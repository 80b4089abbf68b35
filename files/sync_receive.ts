// The side of a sync that gets a tree. It compares ahead of the contents, but changes things in the
// order of the listing only, one after the other: what a later entry does can never get in the way
// of an earlier one. The sender may be hostile. A path is made of names that were checked, in
// directories that were found or made as such, so that nothing is ever written through a link.

import { decodeValue } from "../wire/decode_value.ts";
import { encodeValue } from "../wire/encode_value.ts";
import { ProtocolError } from "../wire/errors.ts";
import { asFileError, FileError } from "./file_error.ts";
import { isName, readEntry } from "./sync_check.ts";
import {
  DATA,
  DIFFERS,
  DIRECTORY,
  DONE,
  END,
  ENTRIES,
  FILE,
  LEAVE,
  MAX_TREE_DEPTH,
  OTHER,
  SAME,
  type SyncCounts,
  type SyncProgressStep,
  UNREADABLE,
  type Want,
  WANTS,
} from "./sync_messages.ts";
import { Incoming } from "./sync_incoming.ts";
import {
  type Directory,
  Place,
  type PlaceOptions,
  type Wanted,
} from "./sync_place.ts";
import type { Records } from "./sync_records.ts";
import { LocalTree } from "./sync_source.ts";
import { under } from "./sync_walk.ts";
import { Turns } from "./turns.ts";

const DECODER = new TextDecoder();

/** Options of {@linkcode receiveTree}. */
export interface ReceiveOptions extends PlaceOptions {
  /** Takes what was done more than before. */
  onProgress?: (progress: SyncProgressStep) => void;
}

/** What is left to do, in the order of the listing: something, or a file that will arrive. */
type Step = (() => Promise<void>) | Wanted;

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
  /** The directories that the listing is in. */
  #open: Directory[] = [];
  #begun = false;
  #steps: Step[] = [];
  #next = 0;
  #incoming: Incoming | undefined;
  #turns = new Turns();

  constructor(records: Records, place: Place, options: ReceiveOptions) {
    this.#records = records;
    this.#place = place;
    this.#options = options;
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
        if (this.#steps.length > 0 || this.#open.length > 0 || !this.#begun) {
          throw new ProtocolError("Cannot sync: the tree is not complete");
        }
        return;
      } else {
        const received = this.#receive(type, payload);
        if (received !== undefined) await received;
        const turn = this.#turns.next();
        if (turn !== undefined) await turn;
      }
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
      return this.#fail(path, error).then(() => this.#goOn());
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
        await this.#attempt(path, async () => {
          if (type === DONE && incoming.rest === 0) {
            await incoming.commit(DECODER.decode(payload));
            this.#options.onProgress?.({ path, files: 1 });
            await this.#place.wrote(wanted);
          } else if (type === SAME) {
            this.#options.onProgress?.({ wanted: [-1, -wanted.size] });
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
    this.#steps = [];
    this.#next = 0;
  }

  /** Compares a batch of entries with what is there, and asks for what differs. */
  async #compare(entries: unknown): Promise<void> {
    if (!Array.isArray(entries)) {
      throw new ProtocolError("Cannot read a listing");
    }
    const wants: Want[] = [];
    let size = 0;
    for (const [position, entry] of entries.entries()) {
      const want = await this.#take(entry);
      if (want === undefined) continue;
      wants.push([position, want.sha256]);
      size += entry[4];
    }
    this.#options.onProgress?.({
      entries: entries.length,
      wanted: [wants.length, size],
    });
    await this.#records.add(WANTS, encodeValue(wants));
    await this.#records.flush();
    await this.#advance();
  }

  /** Takes an entry. Returns what is wanted of it, if it is a file. */
  async #take(value: unknown): Promise<{ sha256: string | null } | undefined> {
    const entry = readEntry(value);
    const [kind, name] = entry;
    if (kind === LEAVE) return this.#leave(name);
    const parent = this.#open.at(-1);
    const path = this.#pathOf(name, kind === DIRECTORY, parent);
    if (parent === undefined || kind === DIRECTORY) {
      if (kind === DIRECTORY) {
        return await this.#directory(path, entry[2] & 0o777, entry[3], parent);
      }
      throw new ProtocolError("Cannot sync what is no directory");
    }
    if (kind === FILE) {
      this.#place.counts.files++;
      this.#place.counts.size += entry[4];
    }
    let there: Deno.FileInfo | undefined;
    const known = parent.others?.delete(name) ?? false;
    if (parent.failed) return;
    if (kind === OTHER) {
      return void this.#steps.push(async () => {
        await this.#options.onEvent(entry[3] ? "fail" : "skip", path, entry[2]);
      });
    }
    try {
      if (known) there = this.#place.find(path);
    } catch (error) {
      return await this.#fail(path, error);
    }
    const [, , mode, mtime, size] = kind === FILE ? entry : [0, 0, 0, 0, 0];
    const wanted: Wanted = {
      path,
      parent,
      mode: mode & 0o777,
      mtime,
      size,
      there,
    };
    if (kind === FILE) return await this.#file(wanted);
    const target = entry[3] ? this.#place.at(entry[2]) : entry[2];
    this.#later(wanted, () => this.#place.link(wanted, target));
  }

  async #directory(
    path: string,
    mode: number,
    mtime: number,
    parent: Directory | undefined,
  ): Promise<undefined> {
    const directory: Directory = {
      path,
      mode,
      mtime,
      others: undefined,
      last: "",
      failed: parent?.failed ?? false,
    };
    this.#open.push(directory);
    const known = parent === undefined ||
      parent.others?.delete(path.slice(path.lastIndexOf("/") + 1));
    // What is wrong with the root is wrong with all of it.
    const attempt = async (run: () => Promise<void>) => {
      if (parent === undefined) return await run();
      directory.failed ||= parent.failed;
      if (directory.failed) return;
      try {
        await run();
      } catch (error) {
        directory.failed = true;
        await this.#fail(path, error);
      }
    };
    await attempt(async () => {
      const there = known ? this.#place.find(path) : undefined;
      if (there?.isDirectory) await this.#place.look(directory, there);
      else if (there !== undefined && parent === undefined) {
        throw new FileError("not-a-directory", "it is no directory");
      }
    });
    this.#steps.push(() => attempt(() => this.#place.enter(directory)));
  }

  #leave(why: string | null): undefined {
    const directory = this.#open.pop();
    if (directory === undefined) {
      throw new ProtocolError("Cannot leave a directory that was not entered");
    }
    this.#steps.push(async () => {
      if (directory.failed) return;
      let failure = why;
      try {
        await this.#place.leave(directory, why === null);
      } catch (error) {
        failure ??= asFileError(error).message;
      }
      if (failure === null) return;
      await this.#options.onEvent("fail", directory.path, failure);
    });
  }

  async #file(wanted: Wanted): Promise<{ sha256: string | null } | undefined> {
    const { path, mode, mtime, size, there } = wanted;
    if (there?.isFile && there.size === size) {
      const time = there.mtime?.getTime() ?? 0;
      if (time === mtime) {
        if ((there.mode! & 0o7777) !== mode) {
          this.#later(wanted, () => this.#place.attributes(wanted));
        }
        return;
      }
      this.#steps.push(wanted);
      const own = new LocalTree(this.#place.root);
      const sha256 = await own.digest({ path, size, mtime: time })
        .catch(() => null); // It may be write-only.
      return { sha256 };
    }
    if (!this.#options.dryRun) this.#steps.push(wanted);
    else {
      this.#later(wanted, async () => {
        await this.#place.makeWay(wanted);
        await this.#place.wrote(wanted);
      });
    }
    return this.#options.dryRun ? undefined : { sha256: null };
  }

  #later(wanted: Wanted, run: () => Promise<void>): void {
    this.#steps.push(async () => {
      if (!wanted.parent.failed) await this.#attempt(wanted.path, run);
    });
  }

  /** Goes on when something cannot be copied. */
  async #attempt(path: string, run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      if (error instanceof ProtocolError) throw error;
      await this.#fail(path, error);
    }
  }

  async #fail(path: string, error: unknown): Promise<undefined> {
    await this.#options.onEvent("fail", path, asFileError(error).message);
  }

  /** The path of an entry. Its name is checked: it is one name, and none that was there before. */
  #pathOf(
    name: string,
    isDirectory: boolean,
    parent: Directory | undefined,
  ): string {
    if (parent === undefined) {
      if (name !== "" || this.#begun) {
        throw new ProtocolError("Cannot take an entry outside of the tree");
      }
      this.#begun = true;
      return "";
    }
    if (!isName(name) || !(name > parent.last)) {
      throw new ProtocolError(
        `Cannot take an entry named ${JSON.stringify(name.slice(0, 100))} here`,
      );
    }
    parent.last = name;
    const path = under(parent.path, name);
    if (this.#options.exclude?.test(isDirectory ? `${path}/` : path)) {
      throw new ProtocolError("Cannot take an entry that is excluded");
    }
    if (this.#open.length >= MAX_TREE_DEPTH) {
      throw new ProtocolError("Cannot take a tree that is nested so deep");
    }
    return path;
  }
}

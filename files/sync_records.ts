// Records over two streams of bytes: `u32 length · u8 type · payload`. Small ones leave together.

import { ProtocolError } from "../wire/errors.ts";
import { readUint32 } from "../wire/frame.ts";
import { DATA } from "./sync_messages.ts";

const HEADER_SIZE = 5;
const BUFFER_SIZE = 64 * 1024;

/** The most that a record may hold that is no content of a file, in bytes. */
const MAX_RECORD_SIZE = 4 * 1024 * 1024;

const EMPTY = new Uint8Array();

/** Bytes in both directions. */
export interface Duplex {
  /** Resolves to what came next, which stays unchanged, or to `undefined` at the end. */
  read(): Promise<Uint8Array | undefined>;
  /** Writes all of the bytes, which must stay unchanged until then. */
  write(bytes: Uint8Array): Promise<void>;
}

/** Sends and receives records. */
export class Records {
  #duplex: Duplex;
  #out = new Uint8Array(BUFFER_SIZE);
  #view = new DataView(this.#out.buffer);
  #used = 0;
  #in: Uint8Array = EMPTY;
  /** How much of the content of a file is still to come. */
  #rest = 0;

  constructor(duplex: Duplex) {
    this.#duplex = duplex;
  }

  /**
   * Adds a record to what {@linkcode Records.flush} sends. Returns a promise only if there is
   * something to wait for.
   */
  add(type: number, payload: Uint8Array = EMPTY): Promise<void> | undefined {
    if (HEADER_SIZE + payload.length > BUFFER_SIZE - this.#used) {
      return this.#addLarge(type, payload);
    }
    this.#addHeader(type, payload);
    this.#out.set(payload, this.#used);
    this.#used += payload.length;
  }

  async #addLarge(type: number, payload: Uint8Array): Promise<void> {
    await this.flush();
    if (HEADER_SIZE + payload.length <= BUFFER_SIZE) {
      return this.add(type, payload);
    }
    this.#addHeader(type, payload);
    await this.flush();
    await this.#duplex.write(payload);
  }

  #addHeader(type: number, { length }: Uint8Array): void {
    this.#view.setUint32(this.#used, length);
    this.#out[this.#used + 4] = type;
    this.#used += HEADER_SIZE;
  }

  /** Sends what was added. */
  async flush(): Promise<void> {
    if (this.#used === 0) return;
    await this.#duplex.write(this.#out.subarray(0, this.#used));
    this.#used = 0;
  }

  /** Receives a record if all of it is here already. */
  next(): [type: number, payload: Uint8Array] | undefined {
    if (this.#rest > 0 || this.#in.length < HEADER_SIZE) return undefined;
    const size = readUint32(this.#in, 0);
    if (this.#in.length - HEADER_SIZE < size) return undefined;
    const type = this.#in[4]!;
    const payload = this.#in.subarray(HEADER_SIZE, HEADER_SIZE + size);
    this.#in = this.#in.subarray(HEADER_SIZE + size);
    return [type, payload];
  }

  /**
   * Receives a record, or `undefined` at the end. Content of files comes in as many as it arrived
   * in.
   *
   * @throws {ProtocolError} If it is none, or not complete.
   */
  async read(): Promise<[type: number, payload: Uint8Array] | undefined> {
    while (this.#rest === 0) {
      while (this.#in.length === 0) {
        const bytes = await this.#duplex.read();
        if (bytes === undefined) return undefined;
        this.#in = bytes;
      }
      const header = await this.#take(HEADER_SIZE);
      const size = readUint32(header, 0);
      const type = header[4]!;
      if (type === DATA) this.#rest = size;
      else if (size > MAX_RECORD_SIZE) {
        throw new ProtocolError(
          `Cannot read a record of ${size} bytes: it is above the limit of ${MAX_RECORD_SIZE}`,
        );
      } else return [type, await this.#take(size)];
    }
    if (this.#in.length === 0) await this.#more();
    const piece = this.#in.subarray(0, this.#rest);
    this.#in = this.#in.subarray(piece.length);
    this.#rest -= piece.length;
    return [DATA, piece];
  }

  async #take(size: number): Promise<Uint8Array> {
    if (this.#in.length < size) {
      const pieces = [this.#in];
      let length = this.#in.length;
      while (length < size) {
        await this.#more();
        pieces.push(this.#in);
        length += this.#in.length;
      }
      this.#in = new Uint8Array(length);
      let at = 0;
      for (const piece of pieces) {
        this.#in.set(piece, at);
        at += piece.length;
      }
    }
    const taken = this.#in.subarray(0, size);
    this.#in = this.#in.subarray(size);
    return taken;
  }

  async #more(): Promise<void> {
    const bytes = await this.#duplex.read();
    if (bytes === undefined) {
      throw new ProtocolError("Cannot read a record: its end is missing");
    }
    this.#in = bytes;
  }
}

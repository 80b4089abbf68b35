// One stream of a connection: messages and bulk data in both directions.

import { ReceiveWindow } from "./credit.ts";
import { ProtocolError, TongsError } from "./errors.ts";
import { FrameType, uint32 } from "./frame.ts";
import { INITIAL_WINDOW, LIVE_COST, MAX_FRAME_SIZE } from "./limits.ts";
import type { Link } from "./link.ts";
import type { Mux } from "./mux.ts";
import { Outgoing } from "./outgoing.ts";
import { addPiece, join } from "./pieces.ts";
import { Spares } from "./spares.ts";

// Most streams carry one call, and thousands of those may be under way: what few need is not made
// for all.
const EMPTY: Uint8Array = new Uint8Array();

/** A stream, opened by {@linkcode Mux.open} or by the other side. */
export class Stream {
  /** Its number, unique in the connection. */
  readonly id: number;
  /** The stream whose message has named this one, if it was opened on this side for that. */
  parent: number | undefined;
  /** Receives each message; the payload is valid during the call only. */
  onMessage: ((type: FrameType, payload: Uint8Array) => void) | undefined;
  /** Called when the connection ends before the stream does. */
  onFail: ((error: Error) => void) | undefined;
  /** Called when a value is whole that names other streams, before anything of those arrives. */
  onLive: (() => void) | undefined;
  /** Called when the other side has sent the last of its data. */
  onEnd: (() => void) | undefined;
  /** Makes an error of the reason for which the other side has given the stream up. */
  readReason: ((payload: Uint8Array) => Error) | undefined;

  #mux: Mux;
  #link: Link;
  #window: number;
  #outgoing: Outgoing | undefined;
  #receiveWindow: ReceiveWindow | undefined;
  #parts: Uint8Array[] = [];
  #partsSize = 0;
  /** Bytes of parts for which no credit was granted yet. */
  #withheld = 0;
  #failure: Error | undefined;
  #isClosed = false;

  #queue: Uint8Array[] = [];
  #spares: Spares | undefined;
  /** Those that end with a value that names other streams. */
  #naming: Set<Uint8Array> | undefined;
  /** Credit for data that was read, and not yet granted anew. */
  #taken = 0;
  #ended = false;
  #trailer = EMPTY;
  /** Resolves at the next change that a reader may wait for. */
  #pulled: PromiseWithResolvers<void> | undefined;

  constructor(id: number, mux: Mux, link: Link, window = INITIAL_WINDOW) {
    this.id = id;
    this.#mux = mux;
    this.#link = link;
    this.#window = window;
  }

  get #sends(): Outgoing {
    if (this.#outgoing === undefined) {
      this.#outgoing = new Outgoing(this.id, this.#link, this.#window);
      const reason = this.#overReason();
      if (reason !== undefined) this.#outgoing.fail(reason);
    }
    return this.#outgoing;
  }

  get #receives(): ReceiveWindow {
    return this.#receiveWindow ??= new ReceiveWindow(this.#window);
  }

  /**
   * Sends a message. One that fits in a frame leaves at once; a larger one goes in parts, as the
   * other side grants credit. Messages keep their order.
   *
   * @param type What the message is.
   * @param payload Its bytes, which must stay unchanged until the promise resolves.
   */
  send(type: FrameType, payload: Uint8Array): Promise<void> | undefined {
    if (payload.length <= MAX_FRAME_SIZE && !this.#outgoing?.isBusy) {
      this.#link.send(type, this.id, payload);
      return undefined;
    }
    return this.#sends.send(type, payload);
  }

  /**
   * Sends bulk data, as the other side grants credit.
   *
   * @param bytes The data, which must stay unchanged until the promise resolves.
   * @param last What the last frame of it is.
   */
  write(bytes: Uint8Array, last: FrameType = FrameType.Data): Promise<void> {
    return this.#sends.write(bytes, last);
  }

  /** What has arrived and not been read. */
  get unread(): readonly Uint8Array[] {
    return this.#queue;
  }

  /**
   * Says that no more data comes from this side.
   *
   * @param trailer What is to be known of it, which must fit into a frame.
   */
  end(trailer?: Uint8Array): Promise<void> {
    return this.#sends.after(() =>
      this.#link.send(FrameType.End, this.id, trailer)
    );
  }

  /** What the other side said at the end of its data, once that has been read. */
  get trailer(): Uint8Array {
    return this.#trailer;
  }

  /** Says that no more data comes from this side, and why, after what was written before. */
  abort(reason: Uint8Array): Promise<void> {
    return this.#sends.after(() => this.reset(reason));
  }

  /** Has no more to do with the connection. What has arrived can still be read. */
  detach(): void {
    this.#mux.forget(this);
  }

  /**
   * The next bulk data that the other side sends, or `undefined` at its end. It grants the
   * sender credit for what was read before, so that what is read is dealt with before more comes.
   *
   * @throws {Error} If the stream has ended before its data did.
   */
  async read(): Promise<Uint8Array | undefined> {
    this.#consumed(this.#taken);
    this.#taken = 0;
    while (this.#queue.length === 0) {
      const reason = this.#overReason();
      if (reason !== undefined) throw reason;
      if (this.#ended) return undefined;
      this.#pulled ??= Promise.withResolvers();
      await this.#pulled.promise;
    }
    const bytes = this.#queue.shift()!;
    this.#taken = bytes.length;
    if (this.#naming?.delete(bytes)) this.#taken += LIVE_COST;
    return bytes;
  }

  /** Gives back what was read, so that what comes next is kept in its memory. */
  recycle(bytes: Uint8Array): void {
    this.#spares ??= new Spares();
    this.#spares.add(bytes);
  }

  /** Tells the other side that the stream is over, and why. */
  reset(reason?: Uint8Array): void {
    this.#link.send(FrameType.Reset, this.id, reason);
  }

  /** Whether it carries values, and no messages. */
  get isLive(): boolean {
    return this.readReason !== undefined;
  }

  /** Forgets the stream: it is over for this side, and so is what was being sent or read. */
  close(): void {
    this.#mux.forget(this);
    this.dropParts();
    this.abandon();
    this.#queue = [];
    this.#naming = undefined;
    this.#isClosed = true;
    this.#wake();
  }

  /** Whether it has ended for this side, and nothing more can be sent. */
  get isOver(): boolean {
    return this.#isClosed || this.#failure !== undefined;
  }

  /** Sends no more of what is being sent; the next message goes at once. */
  abandon(): void {
    this.#outgoing?.fail(new TongsError("The stream is over"));
    this.#outgoing = undefined;
  }

  /** Forgets what has arrived of an unfinished message. */
  dropParts(): void {
    this.#mux.unbuffer(this, this.#partsSize);
    this.#parts = [];
    this.#partsSize = 0;
  }

  /** Ends the stream because the other side, or the connection, ended it. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#outgoing?.fail(error);
    this.#wake();
    this.onFail?.(error);
  }

  /** Takes a grant of credit. */
  granted(bytes: number): void {
    this.#sends.grant(bytes);
  }

  /** Takes a piece of a large message. */
  receivePart(payload: Uint8Array): void {
    this.#receive(payload);
    this.#partsSize += payload.length;
    this.#mux.buffer(this, payload.length);
    if (this.#partsSize > this.#mux.maxMessageSize) {
      throw new ProtocolError(
        `Cannot take a message: it is above the limit of ${this.#mux.maxMessageSize} bytes`,
      );
    }
    addPiece(this.#parts, payload.slice());
    this.#withheld += payload.length;
    if (this.#mux.mayGrant(this)) this.resume();
  }

  /** Grants the credit for what has arrived of a large message. */
  resume(): void {
    const bytes = this.#withheld;
    this.#withheld = 0;
    if (bytes > 0) this.#consumed(bytes);
  }

  /** The whole message of which `last` is the last piece. */
  completeMessage(last: Uint8Array): Uint8Array {
    if (this.#parts.length === 0) return last;
    const message = join([...this.#parts, last]);
    this.dropParts();
    this.resume(); // The next message needs the credit too.
    return message;
  }

  /** Takes bulk data. */
  receiveData(payload: Uint8Array): void {
    if (this.#ended) {
      throw new ProtocolError("Cannot take data after the end of its stream");
    }
    this.#receive(payload);
    const bytes = this.#spares?.copy(payload) ?? payload.slice();
    const last = this.#queue.at(-1);
    if (last === undefined || this.#naming?.has(last)) this.#queue.push(bytes);
    else addPiece(this.#queue, bytes);
    this.#wake();
  }

  /** Takes bulk data at whose end a value is whole that names other streams. */
  receiveLive(payload: Uint8Array): void {
    this.#receives.receive(LIVE_COST);
    this.receiveData(payload);
    this.#naming ??= new Set();
    this.#naming.add(this.#queue.at(-1)!);
    this.onLive?.();
  }

  /** Takes credit. An empty frame takes none, so that there could be any number of them. */
  #receive({ length }: Uint8Array): void {
    if (length === 0) throw new ProtocolError("Cannot take data without bytes");
    this.#receives.receive(length);
  }

  /** Takes the end of the bulk data. */
  receiveEnd(trailer: Uint8Array): void {
    this.#ended = true;
    this.#trailer = trailer.slice();
    this.#wake();
    this.onEnd?.();
  }

  #wake(): void {
    this.#pulled?.resolve();
    this.#pulled = undefined;
  }

  #consumed(bytes: number): void {
    if (bytes === 0 || this.#ended) return; // Nobody needs it any more.
    this.#mux.measure(this);
    const grant = this.#receives.consume(bytes, this.#mux.rtt);
    if (grant === 0) return;
    this.#link.send(FrameType.Credit, this.id, uint32(grant));
  }

  /** Why nothing more can be sent or read, if that is so. */
  #overReason(): Error | undefined {
    if (this.#failure !== undefined) return this.#failure;
    // An error takes 10 µs to make, and few ask for this one.
    return this.#isClosed ? new TongsError("The stream is over") : undefined;
  }
}

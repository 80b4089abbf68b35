// What a stream sends that may have to wait: large messages and bulk data, in order, as the other
// side grants credit. Giving it up gives up all of it; what is sent later begins anew.

import { SendWindow } from "./credit.ts";
import { FrameType } from "./frame.ts";
import { INITIAL_WINDOW, LIVE_COST, MAX_FRAME_SIZE } from "./limits.ts";
import type { Link } from "./link.ts";

/** What a stream is sending. */
export class Outgoing {
  #id: number;
  #link: Link;
  #window: SendWindow;
  #tail = Promise.resolve();
  #waiting = 0;
  #failure: Error | undefined;

  constructor(id: number, link: Link, window: number) {
    this.#id = id;
    this.#link = link;
    this.#window = new SendWindow(window);
  }

  /** Whether something waits, which must not be overtaken. */
  get isBusy(): boolean {
    return this.#waiting > 0;
  }

  /** Sends a message, in parts if it does not fit in a frame. */
  send(type: FrameType, payload: Uint8Array): Promise<void> {
    return this.after(async () => {
      const last = Math.max(0, payload.length - MAX_FRAME_SIZE);
      await this.#sendPieces(FrameType.Part, payload.subarray(0, last));
      this.#throwIfFailed();
      this.#link.send(type, this.#id, payload.subarray(last));
    });
  }

  /**
   * Sends bulk data.
   *
   * @param bytes The data.
   * @param last What the last frame of it is.
   */
  write(bytes: Uint8Array, last: FrameType): Promise<void> {
    return this.after(() => this.#sendPieces(FrameType.Data, bytes, last));
  }

  /** Sends something else when its turn comes. */
  after(send: () => void | Promise<void>): Promise<void> {
    this.#waiting++;
    const sent = this.#tail.then(() => {
      this.#throwIfFailed();
      return send();
    }).finally(() => this.#waiting--);
    this.#tail = sent.catch(() => {});
    return sent;
  }

  /**
   * Takes a grant of credit.
   *
   * @throws {ProtocolError} If that is more than any receiver grants.
   */
  grant(bytes: number): void {
    this.#window.grant(bytes);
  }

  /** Sends no more. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#window.fail(error);
  }

  #throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #sendPieces(
    type: FrameType,
    bytes: Uint8Array,
    last = type,
  ): Promise<void> {
    let offset = 0;
    while (offset < bytes.length) {
      // What goes with a call, such as its modules, is not to wait for other calls.
      const isBulk = type !== FrameType.Part || offset >= INITIAL_WINDOW;
      const kind = isBulk ? "bulk" : "message";
      const size = await this.#window.take(
        Math.min(MAX_FRAME_SIZE, bytes.length - offset),
      );
      const piece = bytes.subarray(offset, offset + size);
      offset += size;
      if (offset === bytes.length && last === FrameType.Live) {
        for (let owed = LIVE_COST; owed > 0;) {
          owed -= await this.#window.take(owed);
        }
      }
      // Asked again each time, as other streams may have waited too and come first.
      while (!this.#link.isReady(kind)) await this.#link.ready(kind);
      this.#throwIfFailed(); // It may have failed since it got its credit.
      this.#link.send(offset < bytes.length ? type : last, this.#id, piece);
    }
  }
}

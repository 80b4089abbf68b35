// Flow control of one direction of one stream. A sender spends credit; a receiver grants it as it
// consumes, and lets the window grow until the link is the limit and no longer the window.

import { ProtocolError } from "./errors.ts";
import { INITIAL_WINDOW, MAX_WINDOW } from "./limits.ts";

/** The sender's half. */
export class SendWindow {
  #credit: number;
  #granted: PromiseWithResolvers<void> | undefined;
  #failure: unknown;

  constructor(size = INITIAL_WINDOW) {
    this.#credit = size;
  }

  /** Takes up to `wanted` bytes of credit, and waits while there is none. */
  async take(wanted: number): Promise<number> {
    while (this.#credit === 0 && this.#failure === undefined) {
      this.#granted ??= Promise.withResolvers();
      await this.#granted.promise;
    }
    if (this.#failure !== undefined) throw this.#failure;
    const taken = Math.min(wanted, this.#credit);
    this.#credit -= taken;
    return taken;
  }

  /**
   * Adds what the receiver granted.
   *
   * @throws {ProtocolError} If that is more than any receiver grants.
   */
  grant(bytes: number): void {
    if (this.#credit + bytes > 2 * MAX_WINDOW) {
      throw new ProtocolError(
        `Cannot take credit of ${bytes} bytes: it is above the limit`,
      );
    }
    this.#credit += bytes;
    this.#granted?.resolve();
    this.#granted = undefined;
  }

  /** Lets everything that waits for credit fail. */
  fail(error: unknown): void {
    this.#failure = error;
    this.#granted?.resolve();
  }
}

/** The receiver's half. */
export class ReceiveWindow {
  #size: number;
  #outstanding: number;
  #consumed = 0;
  #lastGrant = performance.now();

  constructor(size = INITIAL_WINDOW) {
    this.#size = size;
    this.#outstanding = size;
  }

  /** The current window in bytes. */
  get size(): number {
    return this.#size;
  }

  /**
   * Notes that bytes arrived.
   *
   * @throws {ProtocolError} If the sender had no credit for them.
   */
  receive(bytes: number): void {
    this.#outstanding -= bytes;
    if (this.#outstanding < 0) {
      throw new ProtocolError(
        "Cannot take a frame: its sender has exceeded its credit",
      );
    }
  }

  /**
   * Notes that bytes were consumed.
   *
   * @param rtt The round-trip time in milliseconds, if it is known.
   * @returns How much credit to grant now, in bytes, often 0.
   */
  consume(bytes: number, rtt: number | undefined): number {
    this.#consumed += bytes;
    if (this.#consumed < this.#size / 2) return 0;
    const now = performance.now();
    // Half a window in less than two round trips: the sender is close to waiting for credit.
    const grow = rtt !== undefined && now - this.#lastGrant < 2 * rtt &&
        this.#size < MAX_WINDOW
      ? Math.min(this.#size, MAX_WINDOW - this.#size)
      : 0;
    const grant = this.#consumed + grow;
    this.#size += grow;
    this.#outstanding += grant;
    this.#consumed = 0;
    this.#lastGrant = now;
    return grant;
  }
}

// How much of bulk data may be under way at once, so that what is sent beside it does not wait behind
// it. Without a limit, bulk data fills every buffer on its way (pipes, ssh, sockets), which are
// megabytes, and a call would wait for all of that. As in the congestion control BBR, the limit is
// twice what the way itself holds: the rate at which bytes arrive, by the least time they take.

import {
  ACK_INTERVAL,
  INITIAL_WINDOW,
  MAX_WINDOW,
  MIN_FLIGHT,
} from "./limits.ts";

/** For how long the least time counts, in milliseconds. */
const EPOCH = 10_000;

/** How fast the greatest rate is forgotten, for each sample. */
const DECAY = 0.98;

/** What is not measured, in bytes: it waits for nothing but its turn. */
const SMALL = 4096;

/** A write that has not all been read. */
interface Mark {
  end: number;
  at: number;
  arrived: number;
  arrivedAt: number;
}

/** Says how much may be under way. */
export class Pace {
  #marks: Mark[] = [];
  #sent = 0;
  #arrived = 0;
  /** What had been written when it all had been read. */
  #rested = 0;
  #arrivedAt = 0;
  /** In bytes a millisecond. */
  #rate = 0;
  #least = 0;
  #epoch = 0;
  #isProbing = false;

  /** How many bytes were written and not yet read, as far as that is known. */
  get underWay(): number {
    return this.#sent - this.#arrived;
  }

  /** Whether more may be written, with some bytes waiting already. */
  allows(waiting: number): boolean {
    const next = this.#sent + waiting;
    // After a rest much may go at once, as the modules of a first call do.
    return next - this.#arrived < this.#limit ||
      next - this.#rested < INITIAL_WINDOW;
  }

  /** Notes that bytes are being written. */
  write(bytes: number): void {
    const isRested = this.underWay < ACK_INTERVAL;
    if (isRested) this.#rested = this.#sent;
    this.#sent += bytes;
    if (bytes < SMALL) return;
    const at = performance.now();
    if (isRested) this.#arrivedAt = at;
    this.#marks.push({
      end: this.#sent,
      at,
      arrived: this.#arrived,
      arrivedAt: this.#arrivedAt,
    });
  }

  /** Notes how many bytes the other side has read since last time, as it says. */
  read(bytes: number): void {
    this.#arrived = Math.min(this.#arrived + bytes, this.#sent);
    if (this.#marks.length === 0) return;
    const now = performance.now();
    this.#arrivedAt = now;
    let done = 0;
    for (const mark of this.#marks) {
      if (mark.end > this.#arrived) break;
      done++;
      this.#sample(mark, now);
    }
    this.#marks.splice(0, done);
  }

  get #limit(): number {
    if (this.#isProbing) return MIN_FLIGHT;
    const limit = 2 * this.#rate * this.#least;
    return Math.min(Math.max(limit, MIN_FLIGHT), 2 * MAX_WINDOW);
  }

  #sample({ at, arrived, arrivedAt }: Mark, now: number): void {
    const rate = (this.#arrived - arrived) / Math.max(now - arrivedAt, 0.01);
    this.#rate = Math.max(this.#rate * DECAY, rate);
    if (this.#isProbing && this.underWay <= MIN_FLIGHT) {
      // What is measured now is the way without our own queue on it.
      this.#isProbing = false;
      this.#least = now - at;
    } else {
      this.#least = Math.min(this.#least || Infinity, now - at);
    }
    if (now - this.#epoch > EPOCH) {
      this.#epoch = now;
      this.#isProbing = true;
    }
  }
}

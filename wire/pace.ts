// How much of bulk data may be under way at once, so that what is sent beside it does not wait behind
// it. Without a limit, bulk data fills every buffer on its way (pipes, ssh, sockets), which are
// megabytes, and a call would wait for all of that. As in the congestion control BBR, the limit is
// twice what the way itself holds: the rate at which bytes arrive, by the least time they take. While
// nobody calls, somewhat more keeps all processes on the way busy. While somebody does, bulk data
// stands back: no more of it is under way than fills the way.

import {
  INITIAL_WINDOW,
  MARK_INTERVAL,
  MAX_MARK_INTERVAL,
  MAX_WINDOW,
  MIN_BUSY_FLIGHT,
  MIN_FLIGHT,
} from "./limits.ts";

/** For how long the least time counts, in milliseconds. */
const EPOCH = 10_000;

/** How fast the greatest rate is forgotten, for each sample. */
const DECAY = 0.98;

/** Two calls within this many milliseconds make it likely that there are more. */
const BUSY = 500;

/** For how long a call that nobody expected may wait, in milliseconds. */
const PATIENCE = 10;

/** How much more than the way holds may be under way while somebody calls: it may have grown. */
const GAIN = 1.25;

/** The most that may be under way just because nobody calls, in bytes: more makes nothing faster. */
const MAX_LEISURE = 1024 * 1024;

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
  /** Up to where the other side was asked to say what it has read. */
  #asked = 0;
  #arrived = 0;
  /** Up to where the last large piece goes. */
  #piece = 0;
  /** What had been written when it all had been read. */
  #rested = 0;
  #arrivedAt = 0;
  /** In bytes a millisecond. */
  #rate = 0;
  #least = 0;
  #epoch = 0;
  #isProbing = false;
  #isCalled = false;
  /** When there were the last call and the one before. */
  #calledAt: [last: number, before: number] = [-Infinity, -Infinity];

  /** Whether what is written next asks the other side to say when it has read it. */
  isAsking = false;

  /** How many bytes were written and not yet read, as far as that is known. */
  get underWay(): number {
    return this.#sent - this.#arrived;
  }

  /**
   * Whether more may be written.
   *
   * @param waiting How many bytes wait to be written already.
   * @param isBulk Whether it is to stand back while somebody calls.
   */
  allows(waiting: number, isBulk: boolean): boolean {
    const isBusy = isBulk && this.#standsBack();
    const next = this.#sent + waiting;
    if (next - this.#arrived < this.#limit(isBusy)) return true;
    // After a rest much may go at once, as the modules of a first call do.
    return !isBusy && next - this.#rested < INITIAL_WINDOW;
  }

  /** Whether so much is being written that the other side should say when it has read it. */
  wantsAnswer(bytes: number): boolean {
    if (this.isAsking) return false;
    const interval = bytes < SMALL ? MARK_INTERVAL : Math.min(
      Math.max(this.#limit(this.#standsBack()) / 4, MARK_INTERVAL),
      MAX_MARK_INTERVAL,
    );
    return this.#sent + bytes - this.#asked >= interval;
  }

  /** Whether the other side has answered all that it was asked. */
  get isAnswered(): boolean {
    return this.#asked <= this.#arrived;
  }

  /** Whether the other side has read all large pieces, as far as that is known. */
  get isThrough(): boolean {
    return this.#piece <= this.#arrived;
  }

  /**
   * Notes that a large piece is to be written.
   *
   * @param waiting How many bytes wait to be written, up to its end.
   */
  piece(waiting: number): void {
    this.#piece = this.#sent + waiting;
  }

  /** Notes that there was a call. */
  call(): void {
    this.#isCalled = true; // What time it is takes longer to say.
  }

  /** Notes that bytes are being written. */
  write(bytes: number): void {
    const isRested = this.underWay < MARK_INTERVAL;
    if (isRested) this.#rested = this.#sent;
    this.#sent += bytes;
    if (!this.isAsking) return;
    this.isAsking = false;
    this.#asked = this.#sent;
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

  #limit(isBusy: boolean): number {
    const least = isBusy ? MIN_BUSY_FLIGHT : MIN_FLIGHT;
    if (this.#isProbing) return least;
    const held = this.#rate * this.#least;
    const limit = isBusy
      ? GAIN * held
      : Math.max(2 * held, Math.min(this.#rate * PATIENCE, MAX_LEISURE));
    return Math.min(Math.max(limit, least), 2 * MAX_WINDOW);
  }

  /** Notes when there were calls, and says whether bulk data is to stand back for more. */
  #standsBack(): boolean {
    const now = performance.now();
    const [last, before] = this.#calledAt;
    if (!this.#isCalled) return now - before < BUSY;
    this.#isCalled = false;
    this.#calledAt = [now, last];
    return now - last < BUSY;
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

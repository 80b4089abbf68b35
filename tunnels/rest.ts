// A script that forgets to close its tunnels ends all the same once its calls are through.

/** What keeps this process running. */
export interface Holder {
  /** Lets this process end only after it. */
  ref(): void;
  /** Lets this process end before it. */
  unref(): void;
}

/** How much longer than its calls a script may run, in milliseconds. */
const DELAY = 10;

/** Lets this process end while nothing goes through a connection. */
export class Rest {
  #holder: Holder;
  #isBusy: () => boolean;
  #isResting = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(holder: Holder, isBusy: () => boolean) {
    this.#holder = holder;
    this.#isBusy = isBusy;
  }

  /**
   * Begins, unless something comes. Not at once, as the next call often follows, and both ways take
   * as long as the rest of a call.
   */
  begin(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (this.#isResting || this.#isBusy()) return;
      this.#isResting = true;
      this.#holder.unref();
    }, DELAY);
  }

  /** Ends, as something comes. */
  end(): void {
    if (!this.#isResting) return;
    this.#isResting = false;
    this.#holder.ref();
  }

  /** Stays as it is: the connection is over. */
  stop(): void {
    clearTimeout(this.#timer);
  }
}

// What a person or a system says while a run is on: ^C once to stop and see what is known, twice
// to be gone at once.

const STATUS = { SIGINT: 130, SIGTERM: 143 } as const;

/** How long the signal may be behind the end of the processes that got it too, in milliseconds. */
const BEAT = 50;

/** Stops a run on SIGINT and SIGTERM, for as long as it is not disposed of. */
export class Interrupt implements Disposable {
  /** The exit status that it asks for, once there was a signal. */
  status: 130 | 143 | undefined;

  #controller = new AbortController();
  #listeners: [Deno.Signal, () => void][] = [];

  /** Begins to listen. */
  constructor() {
    for (const name of ["SIGINT", "SIGTERM"] as const) {
      const listener = () => {
        if (this.status !== undefined) Deno.exit(STATUS[name]);
        this.status = STATUS[name];
        this.stop();
      };
      Deno.addSignalListener(name, listener);
      this.#listeners.push([name, listener]);
    }
  }

  /** Aborted when the run is to stop. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Stops the run. */
  stop(): void {
    this.#controller.abort(
      new DOMException("Interrupted before it ended", "AbortError"),
    );
  }

  /**
   * Waits a moment for a signal. A terminal sends ^C to `ssh` as well, whose end is then often
   * seen first, and would be taken for a failure of the host.
   */
  async settle(): Promise<void> {
    if (this.signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, BEAT);
    const done = () => resolve();
    this.signal.addEventListener("abort", done);
    await promise;
    this.signal.removeEventListener("abort", done);
    clearTimeout(timer);
  }

  /** Leaves signals to the system again. */
  [Symbol.dispose](): void {
    for (const [name, listener] of this.#listeners) {
      Deno.removeSignalListener(name, listener);
    }
  }
}

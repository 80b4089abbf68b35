// The operations of one host: a stream of them, of which one runs at a time.

import { ConnectError, type ConnectErrorReason } from "../tunnels/errors.ts";
import { TongsError } from "../wire/errors.ts";
import type { Item } from "./item.ts";
import type { Slots } from "../group/slots.ts";

/**
 * What is the same for whatever is tried next, and slow to find out, or counted by whoever guards
 * the host. A place without a runtime answers at once, and can run commands.
 */
const UNREACHABLE: readonly ConnectErrorReason[] = [
  "auth",
  "host-key",
  "dns",
  "refused",
  "network",
  "timeout",
];

/** What a {@linkcode Lane} needs to know. */
export interface LaneOptions {
  /** How many hosts may be worked on at once. */
  slots: Slots;
  /** Whether nothing more is done on a host after something has failed there. */
  stopOnError: boolean;
  /** Called after each operation, whatever became of it. */
  onEnd: () => void;
}

/**
 * An operation was left out, as an earlier one on its host had failed and the queue has
 * `stopOnError`.
 */
export class SkippedError extends TongsError {
  /** The name of the class. */
  override name = "SkippedError";

  /**
   * Constructs a new instance.
   *
   * @param item What was left out.
   * @param first What had failed.
   * @param error Its error, which becomes the cause.
   */
  constructor(item: Item, first: Item, error: Error) {
    super(
      `Cannot run the ${item.task.what} on "${item.tunnel.host}": ` +
        `an earlier ${first.task.what} failed there (${error.message})`,
      { cause: error },
    );
  }
}

/** The operations of one host, in their order. */
export class Lane {
  #controller!: ReadableStreamDefaultController<Item>;
  #items = new ReadableStream<Item>({
    start: (controller) => {
      this.#controller = controller;
    },
  });
  #options: LaneOptions;
  #waiting = 0;
  /** Whose turn it is. */
  #current: Item | undefined;
  /** What was run last, and not merely failed with the error of another one. */
  #tried: Item | undefined;
  /** Why the next ones fail, and how many of them. */
  #doomed: { error: unknown; left: number } | undefined;
  /** What has failed first, where that stops the rest. */
  #first: Item | undefined;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /** Adds one to the end. */
  add(item: Item): void {
    this.#waiting++;
    this.#controller.enqueue(item);
  }

  /** Ends the lane once all that it has is done. */
  close(): void {
    this.#controller.close();
  }

  /** Cancels what runs and what waits, and nothing that is added later. */
  cancel(reason: unknown): void {
    this.#current?.cancel(reason);
    this.#failWaiting(reason);
  }

  /** Hears that one has ended, before anybody else does who might add more. */
  ended(item: Item): void {
    if (item.outcome?.ok !== false) return;
    if (this.#options.stopOnError) this.#first ??= item;
    else if (item === this.#tried && isUnreachable(item)) {
      this.#failWaiting(item.outcome.error);
    }
  }

  /** Runs one after the other until the lane is closed. */
  async work(): Promise<void> {
    for await (const item of this.#items) {
      this.#waiting--;
      this.#current = item;
      await this.#turn(item);
      this.#current = undefined;
      this.#options.onEnd();
    }
  }

  async #turn(item: Item): Promise<void> {
    if (this.#doomed !== undefined) {
      const { error } = this.#doomed;
      if (--this.#doomed.left === 0) this.#doomed = undefined;
      item.fail(error);
    } else if (this.#first?.outcome?.ok === false) {
      item.fail(new SkippedError(item, this.#first, this.#first.outcome.error));
    } else if (item.outcome === undefined) {
      using _slot = await this.#options.slots.take();
      this.#tried = item;
      await item.run();
    }
  }

  #failWaiting(error: unknown): void {
    if (this.#waiting === 0) return;
    this.#doomed = { error, left: this.#waiting };
  }
}

/** Whether an operation failed as its host cannot be reached at all. */
function isUnreachable({ outcome, tunnel }: Item): boolean {
  return outcome?.ok === false && outcome.error instanceof ConnectError &&
    outcome.error.host === tunnel.host &&
    UNREACHABLE.includes(outcome.error.reason);
}

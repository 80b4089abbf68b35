// What became of all that a queue has run.

import { reasonLines } from "../group/reasons.ts";
import { TongsError } from "../wire/errors.ts";

/** How many failures are kept; the others are only counted. */
const MAX_FAILURES = 1000;

/** An operation of a queue that failed. */
export interface QueueFailure {
  /** The host. */
  host: string;
  /** What it was: `connect`, `call`, `exec`, `put` or `fetch`. */
  operation: string;
  /** Why it failed. */
  error: Error;
}

/**
 * What became of the operations that a queue has run. An operation of a group is one for each of
 * its hosts.
 *
 * @example Failures are not lost
 * ```ts
 * import { Local, Queue, QueueError } from "tongs";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * await using here = new Local();
 * const queue = new Queue();
 * queue.call(here, () => 1 + 1);
 * queue.call(here, () => {
 *   throw new Error("the disk is full");
 * });
 * const result = await queue.run();
 * assertEquals([result.succeeded, result.failed], [1, 1]);
 * assertThrows(() => result.raiseFailures(), QueueError, "the disk is full");
 * ```
 */
export class QueueResult {
  /** How many operations went well. */
  readonly succeeded: number;
  /** How many failed, were cancelled or left out. */
  readonly failed: number;
  /** The first 1000 that failed, in the order in which they ended. */
  readonly failures: readonly QueueFailure[];

  /**
   * Constructs a new instance.
   *
   * @param succeeded How many operations went well.
   * @param failed How many did not.
   * @param failures Those that failed.
   */
  constructor(
    succeeded: number,
    failed: number,
    failures: readonly QueueFailure[],
  ) {
    this.succeeded = succeeded;
    this.failed = failed;
    this.failures = failures;
  }

  /**
   * Does nothing if all went well.
   *
   * @returns This result.
   * @throws {QueueError} If an operation failed.
   */
  raiseFailures(): this {
    if (this.failed > 0) throw new QueueError(this);
    return this;
  }
}

/** Operations of a queue failed. */
export class QueueError extends TongsError {
  /** The name of the class. */
  override name = "QueueError";

  /** The first 1000 that failed. */
  readonly failures: readonly QueueFailure[];

  /**
   * Constructs a new instance.
   *
   * @param result What became of all operations.
   */
  constructor({ succeeded, failed, failures }: QueueResult) {
    const lines = reasonLines(
      failures.map(({ host, error }) => [host, error]),
    );
    super(
      `${failed} of ${succeeded + failed} operations failed\n${
        lines.join("\n")
      }`,
    );
    this.failures = failures;
  }
}

/** Counts what ends. */
export class Tally {
  #succeeded = 0;
  #failed = 0;
  #failures: QueueFailure[] = [];

  /** One that went well. */
  succeed(): void {
    this.#succeeded++;
  }

  /** One that failed. */
  fail(failure: QueueFailure): void {
    this.#failed++;
    if (this.#failures.length < MAX_FAILURES) this.#failures.push(failure);
  }

  /** What there is. */
  result(): QueueResult {
    return new QueueResult(this.#succeeded, this.#failed, this.#failures);
  }
}

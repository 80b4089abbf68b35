// Different work for many hosts: each does its own in order, and all do theirs at once.

import { GroupResult } from "../group/group_result.ts";
import type { ExecOptions, ExecResult } from "../tunnels/command.ts";
import type { HostSet, Outcome } from "../tunnels/host_set.ts";
import type { Sendable } from "../tunnels/sendable.ts";
import { Tunnel } from "../tunnels/tunnel.ts";
import { AsyncResult, settle } from "./async_result.ts";
import { callTask } from "./call_task.ts";
import type { Item, Task } from "./item.ts";
import type { QueueResult } from "./queue_result.ts";
import { QueueRunner, type RunOptions } from "./runner.ts";

// Which one it is, the overloads say.
// deno-lint-ignore no-explicit-any
type AnyResult = AsyncResult<any>;

/** Options of a {@linkcode Queue}. */
export interface QueueOptions {
  /**
   * On how many hosts operations run at once. Where there are more hosts, they take turns.
   *
   * @default {64}
   */
  concurrency?: number;
  /**
   * Whether what is left for a host fails with a {@linkcode SkippedError} once an operation has
   * failed there, until the run is over. Other hosts go on.
   *
   * @default {false}
   */
  stopOnError?: boolean;
  /** Cancels all that waits and runs, and ends the queue for good. */
  signal?: AbortSignal;
}

/**
 * Different work for many hosts. Operations are queued, and nothing begins before `run` is called or
 * one of their results is awaited. Then each host does its operations one after the other, in
 * the order in which they were queued, while all hosts work at once: none waits for another. More
 * can be queued meanwhile.
 *
 * What an operation of a function sends is what it is when it is queued. An operation that fails
 * does not keep others from running; when a host cannot be reached, what waits for it fails with
 * the same error, and what is queued later tries again.
 *
 * @example Each at its own pace
 * ```ts
 * import { Group, Local, Queue } from "tongs";
 * import { assertEquals } from "@std/assert";
 *
 * await using group = new Group([new Local("a"), new Local("b")]);
 * const [a, b] = group;
 * const queue = new Queue();
 * const sum = queue.call(a!, (x: number, y: number) => x + y, 1, 2);
 * queue.exec(b!, ["true"]);
 * const pids = queue.call(group, () => Deno.pid); // after what either has to do before
 * const result = await queue.run();
 * result.raiseFailures();
 * assertEquals(result.succeeded, 4);
 * assertEquals(sum.value, 3);
 * assertEquals([...pids.value.keys()], ["a", "b"]);
 * ```
 */
export class Queue {
  #runner: QueueRunner;

  /**
   * Constructs a new instance.
   *
   * @param options How many hosts are worked on at once, and what ends it.
   * @throws {RangeError} If `concurrency` is no positive integer.
   */
  constructor(
    { concurrency = 64, stopOnError = false, signal }: QueueOptions = {},
  ) {
    if (!Number.isInteger(concurrency) || concurrency < 1) {
      throw new RangeError(
        `Cannot make a queue with a concurrency of ${concurrency}: it must be a positive integer`,
      );
    }
    this.#runner = new QueueRunner({ concurrency, stopOnError, signal });
  }

  /** Connects to a host, or to each of a group. */
  connect<T extends Tunnel>(target: T): AsyncResult<T>;
  /** Connects to each host of a group. */
  connect(target: HostSet): AsyncResult<GroupResult<void>>;
  connect(target: Tunnel | HostSet): AnyResult {
    const value = target instanceof Tunnel ? target : undefined;
    return this.#add(target, {
      what: "connect",
      run: async (tunnel) => {
        await tunnel.connect();
        return value;
      },
    });
  }

  /**
   * Runs a function on a host.
   *
   * @typeParam A The types of its arguments.
   * @typeParam R The type of its result.
   * @param target The host.
   * @param fn The function; it and its arguments are what they are now.
   * @param args Its arguments.
   */
  call<A extends unknown[], R>(
    target: Tunnel,
    fn: (...args: A) => R,
    ...args: A
  ): AsyncResult<Sendable<Awaited<R>>>;
  /** Runs a function on each host of a group. */
  call<A extends unknown[], R>(
    target: HostSet,
    fn: (...args: A) => R,
    ...args: A
  ): AsyncResult<GroupResult<Sendable<Awaited<R>>>>;
  call(
    target: Tunnel | HostSet,
    fn: (...args: unknown[]) => unknown,
    ...args: unknown[]
  ): AnyResult {
    if (typeof fn !== "function") {
      throw new TypeError("Cannot call what is no function");
    }
    return this.#add(target, callTask(fn, args));
  }

  /**
   * Runs a command on a host, to its end. Its exit status is part of the result: one that is not 0
   * is no failure of the operation.
   *
   * @param target The host.
   * @param argv The command and its arguments, which no shell sees.
   * @param options Its environment, directory and input.
   */
  exec(
    target: Tunnel,
    argv: readonly string[],
    options?: ExecOptions,
  ): AsyncResult<ExecResult>;
  /** Runs a command on each host of a group. */
  exec(
    target: HostSet,
    argv: readonly string[],
    options?: ExecOptions,
  ): AsyncResult<GroupResult<ExecResult>>;
  exec(
    target: Tunnel | HostSet,
    argv: readonly string[],
    options: ExecOptions = {},
  ): AnyResult {
    const [command, own] = [[...argv], { ...options }];
    return this.#add(target, {
      what: "exec",
      run: (tunnel) => tunnel.exec(command, own),
    });
  }

  /**
   * Runs what is queued, and what is queued while it runs, until nothing is left: no operation, and
   * no callback that is not through.
   *
   * @param options What cancels it.
   * @returns How many operations went well, and which failed; also of those that ended before,
   * if nobody has been told of them.
   * @throws {DOMException} If it was cancelled: the reason.
   * @throws {Error} What a callback threw; if there are many, an `AggregateError`.
   */
  async run(options: RunOptions = {}): Promise<QueueResult> {
    return await this.#runner.run(options);
  }

  #add(target: Tunnel | HostSet, task: Task): AnyResult {
    const tunnels = tunnelsOf(target, task.what);
    this.#runner.throwIfAborted();
    const items: Item[] = [];
    const result = new AsyncResult<unknown>(
      this.#runner,
      target instanceof Tunnel
        ? `${task.what} on "${target.host}"`
        : `${task.what} on ${tunnels.length} hosts`,
      (reason) => items.forEach((item) => item.cancel(reason)),
    );
    const end = target instanceof Tunnel
      ? (_item: Item, outcome: Outcome<unknown>) => settle(result, outcome)
      : gather(tunnels, task, result);
    for (const tunnel of tunnels) {
      items.push(this.#runner.add(tunnel, task, end));
    }
    return result;
  }
}

function tunnelsOf(target: unknown, what: string): readonly Tunnel[] {
  if (target instanceof Tunnel) return [target];
  const isSet = typeof target === "object" && target !== null &&
    Symbol.iterator in target;
  const tunnels = isSet ? [...target as Iterable<unknown>] : [undefined];
  if (!tunnels.every((tunnel) => tunnel instanceof Tunnel)) {
    throw new TypeError(
      `Cannot queue a ${what} for ${Deno.inspect(target, { depth: 0 })}: ` +
        `it is neither a tunnel nor a group`,
    );
  }
  return tunnels;
}

/** Puts the outcomes of a group's hosts together. */
function gather(
  tunnels: readonly Tunnel[],
  { ready }: Task,
  result: AsyncResult<unknown>,
): (item: Item, outcome: Outcome<unknown>) => void {
  const outcomes = new Map<string, Outcome<unknown>>();
  let unready: { error: Error } | undefined;
  ready?.catch((error) => unready = { error });
  const end = () =>
    settle(
      result,
      unready !== undefined ? { ok: false, error: unready.error } : {
        ok: true,
        // In the order of the group, whoever came first.
        value: new GroupResult(
          tunnels.map(({ host }) => [host, outcomes.get(host)!]),
        ),
      },
    );
  if (tunnels.length === 0) end();
  return ({ tunnel }, outcome) => {
    outcomes.set(tunnel.host, outcome);
    if (outcomes.size === tunnels.length) end();
  };
}

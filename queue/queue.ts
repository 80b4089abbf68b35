// Different work for many hosts: each does its own in order, and all do theirs at once.

import type { GroupResult } from "../group/group_result.ts";
import { checkConcurrency } from "../group/slots.ts";
import type { ExecOptions, ExecResult } from "../tunnels/exec.ts";
import type {
  FetchOptions,
  FileSource,
  FileTarget,
  PutOptions,
  TransferResult,
} from "../tunnels/file_options.ts";
import type { HostSet, Outcome } from "../tunnels/host_set.ts";
import type { Sendable } from "../tunnels/sendable.ts";
import { checkMode } from "../tunnels/put.ts";
import { Tunnel } from "../tunnels/tunnel.ts";
import { AsyncResult, settle, type Settled } from "./async_result.ts";
import { fetchTask, putTask } from "./file_tasks.ts";
import { callTask } from "./call_task.ts";
import type { Item, Task } from "./item.ts";
import type { QueueResult } from "./queue_result.ts";
import { QueueRunner, type RunOptions } from "./runner.ts";
import { gather, tunnelsOf } from "./targets.ts";

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
    checkConcurrency(concurrency, "queue");
    this.#runner = new QueueRunner({ concurrency, stopOnError, signal });
  }

  /** Connects to a host. */
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
    const hosts = tunnelsOf(target, "call").length;
    return this.#add(target, callTask(fn, args, hosts));
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
   * Puts a file on a host.
   *
   * @param target The host.
   * @param source A path or `file:` URL here, or the content as bytes or a stream. It is read when
   * its turn comes.
   * @param remotePath Where it goes, see {@linkcode Tunnel.put}.
   * @param options Its permission bits, and how far it is.
   */
  put(
    target: Tunnel,
    source: FileSource,
    remotePath?: string,
    options?: PutOptions,
  ): AsyncResult<TransferResult>;
  /** Puts a file on each host of a group. It is read once, whenever the hosts get to it. */
  put(
    target: HostSet,
    source: FileSource,
    remotePath?: string,
    options?: PutOptions,
  ): AsyncResult<GroupResult<TransferResult>>;
  put(
    target: Tunnel | HostSet,
    source: FileSource,
    remotePath?: string,
    options: PutOptions = {},
  ): AnyResult {
    checkMode(options.mode);
    if (target instanceof Tunnel) {
      return this.#add(target, {
        what: "put",
        run: (tunnel) => tunnel.put(source, remotePath, options),
      });
    }
    const hosts = tunnelsOf(target, "put").map(({ host }) => host);
    return this.#add(target, putTask(hosts, source, remotePath, options));
  }

  /**
   * Fetches a file from a host.
   *
   * @param target The host.
   * @param remotePath The file there.
   * @param localPath Where it goes, see {@linkcode Tunnel.fetch}.
   * @param options How far it is.
   */
  fetch(
    target: Tunnel,
    remotePath: string,
    localPath?: FileTarget,
    options?: FetchOptions,
  ): AsyncResult<TransferResult>;
  /**
   * Fetches a file from each host of a group.
   *
   * @param target The group.
   * @param remotePath The file there.
   * @param template Where it goes, with `{host}` in place of the host's name, see
   * {@linkcode Group.fetch}.
   * @param options How far it is.
   * @throws {TypeError} If two hosts would have the same file.
   */
  fetch(
    target: HostSet,
    remotePath: string,
    template?: string | URL,
    options?: FetchOptions,
  ): AsyncResult<GroupResult<TransferResult>>;
  fetch(
    target: Tunnel | HostSet,
    remotePath: string,
    localPath?: FileTarget,
    options: FetchOptions = {},
  ): AnyResult {
    if (target instanceof Tunnel) {
      return this.#add(target, {
        what: "fetch",
        run: (tunnel) => tunnel.fetch(remotePath, localPath, options),
      });
    }
    const hosts = tunnelsOf(target, "fetch").map(({ host }) => host);
    const template = localPath as string | URL | undefined;
    return this.#add(target, fetchTask(hosts, remotePath, template, options));
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
    const end = (outcome: Settled<unknown>) => {
      if (task.end === undefined) return settle(result, outcome);
      // The run is not over before that.
      this.#runner.callBack(async () => {
        await task.end!();
        settle(result, outcome);
      });
    };
    const onEnd = target instanceof Tunnel
      ? (_item: Item, outcome: Outcome<unknown>) => end(outcome)
      : gather(tunnels, end);
    for (const tunnel of tunnels) {
      items.push(this.#runner.add(tunnel, task, onEnd));
    }
    return result;
  }
}

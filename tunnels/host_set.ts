// What a tunnel and a group have in common: they are sets of hosts. A set that is made of them is a
// `Group`, which is made by the layer that knows groups.

import type { ExecOptions, ExecResult } from "./exec.ts";
import type {
  FetchOptions,
  FileSource,
  PutOptions,
  TransferResult,
} from "./file_options.ts";
import type { Sendable } from "./sendable.ts";
import type { SharedTree } from "./shared_tree.ts";
import type { SyncOptions, SyncResult } from "./sync_options.ts";
import type { Tunnel } from "./tunnel.ts";

/** What became of an operation on one host. */
export type Outcome<T> =
  /** It went well. */
  | { ok: true; value: T; ms: number }
  /** It failed; `ms` is how long it took in milliseconds, here and above. */
  | { ok: false; error: Error; ms: number };

/** What became of an operation on each host, by the host's name. */
export interface HostOutcomes<T> extends Map<string, Outcome<T>> {
  /** The hosts on which it went well, each with its value. */
  successful(): Generator<[host: string, value: T], void>;
  /** The hosts on which it failed, each with its error. */
  failures(): Generator<[host: string, error: Error], void>;
  /**
   * Does nothing if it went well everywhere.
   *
   * @throws {GroupError} If it failed on a host.
   */
  raiseFailures(): this;
}

/** An operation on many hosts: to be awaited, or followed host by host. */
export interface HostOperation<T>
  extends PromiseLike<HostOutcomes<T>>, AsyncIterable<[string, Outcome<T>]> {}

/** Options of {@linkcode HostSet.filter}. */
export interface FilterOptions {
  /**
   * Whether to leave the hosts out for which it holds, and keep the others.
   *
   * @default {false}
   */
  exclude?: boolean;
}

/** A predicate on the far side. */
export type Predicate = () => unknown;

/** A set of hosts. */
export interface HostSet extends Iterable<Tunnel>, AsyncDisposable {
  /** The names of the hosts, in their order. */
  readonly hosts: readonly string[];
  /** How many there are. */
  readonly size: number;
  /** Runs a function on each. */
  call<A extends unknown[], R>(
    fn: (...args: A) => R,
    ...args: A
  ): HostOperation<Sendable<Awaited<R>>>;
  /** Runs a command on each, to its end. */
  exec(
    argv: readonly string[],
    options?: ExecOptions,
  ): HostOperation<ExecResult>;
  /** Puts a file on each. */
  put(
    source: FileSource,
    remotePath?: string,
    options?: PutOptions,
  ): HostOperation<TransferResult>;
  /** Fetches a file from each. */
  fetch(
    remotePath: string,
    template?: string | URL,
    options?: FetchOptions,
  ): HostOperation<TransferResult>;
  /** Makes a copy of a directory on each. */
  sync(
    dir: string | URL | SharedTree,
    remoteDir: string,
    options?: SyncOptions,
  ): HostOperation<SyncResult>;
  /** Makes a copy of a directory of each. */
  syncFrom(
    remoteDir: string,
    template: string | URL,
    options?: SyncOptions,
  ): HostOperation<SyncResult>;
  /** The hosts for which a function says yes. */
  filter(predicate: Predicate, options?: FilterOptions): Promise<HostSet>;
  /** The hosts of both. */
  union(other: Iterable<Tunnel>): HostSet;
  /** The hosts that are in both. */
  intersection(other: Iterable<Tunnel>): HostSet;
  /** The hosts that are not in the other one. */
  difference(other: Iterable<Tunnel>): HostSet;
  /** The hosts that are in one of both only. */
  symmetricDifference(other: Iterable<Tunnel>): HostSet;
}

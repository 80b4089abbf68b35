// What `put` and `fetch` take and give.

import type { SharedSource } from "./shared_source.ts";

/** A file as it is named on this side: a path, a `file:` URL, or what holds its content. */
export type FileSource =
  | string
  | URL
  | Uint8Array
  | ReadableStream<Uint8Array>
  | SharedSource;

/**
 * Where a fetched file goes: a path, a `file:` URL, or what takes its content, be it more than that,
 * as a `CompressionStream` does.
 */
export type FileTarget = string | URL | WritableStream<Uint8Array<ArrayBuffer>>;

/** How far a transfer is. */
export interface FileProgress {
  /** The host. */
  host: string;
  /** How much has gone or come, in bytes. */
  bytes: number;
  /** How much there is, in bytes, if that is known. */
  total: number | undefined;
}

/** Options of {@linkcode Tunnel.fetch}. */
export interface FetchOptions {
  /** Cancels it; nothing of it stays. */
  signal?: AbortSignal;
  /**
   * Takes how far it is: at the beginning, at most ten times a second, and at the end. If it throws,
   * the transfer fails with what it threw.
   */
  onProgress?: (progress: FileProgress) => void;
}

/** Options of {@linkcode Tunnel.put}. */
export interface PutOptions extends FetchOptions {
  /**
   * The permission bits of the file there, whatever the umask.
   *
   * @default {0o644}
   */
  mode?: number;
}

/** A file that was put or fetched. */
export interface TransferResult {
  /** Its absolute path on this side, or `undefined` where there is none: bytes, a stream. */
  localPath: string | undefined;
  /** Its absolute path on the far side. */
  remotePath: string;
  /** Its size in bytes. */
  size: number;
  /** The SHA-256 of its content in hexadecimal, which both sides agree on. */
  sha256: string;
}

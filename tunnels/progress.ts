// How far a transfer is, told often enough for a person.

import type { FetchOptions } from "./file_options.ts";

/** How often, in milliseconds. */
const INTERVAL = 100;

/** Tells how far a transfer is. */
export class Progress {
  #host: string;
  #onProgress: FetchOptions["onProgress"];
  #told = -Infinity;
  /** How much has gone or come, in bytes. */
  bytes = 0;
  /** How much there is, in bytes, if that is known. */
  total: number | undefined;

  constructor(host: string, onProgress: FetchOptions["onProgress"]) {
    this.#host = host;
    this.#onProgress = onProgress;
  }

  /** Counts bytes. Throws what the callback throws. */
  add(bytes: number): void {
    this.bytes += bytes;
    if (this.#onProgress === undefined) return;
    const now = performance.now();
    if (now - this.#told < INTERVAL) return;
    this.#told = now;
    this.#tell();
  }

  /** Tells that it is through. */
  end(): void {
    this.total = this.bytes;
    this.#tell();
  }

  #tell(): void {
    const { bytes, total } = this;
    this.#onProgress?.({ host: this.#host, bytes, total });
  }
}

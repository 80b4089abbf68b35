// How far a transfer is.

import type { FetchOptions } from "./file_options.ts";
import { Pulse } from "./pulse.ts";

/** Tells how far a transfer is. */
export class Progress {
  #host: string;
  #onProgress: FetchOptions["onProgress"];
  #pulse = new Pulse();
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
    if (this.#onProgress !== undefined && this.#pulse.isDue()) this.#tell();
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

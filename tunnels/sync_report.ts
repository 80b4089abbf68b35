// What is told of a sync while it runs, and known at its end. What the far side says may be made up.

import type { SyncEvent, SyncProgressStep } from "../files/sync_messages.ts";
import { Pulse } from "./pulse.ts";
import { harmless } from "./received.ts";
import { readSyncEvents } from "./received_files.ts";
import type { SyncFailure, SyncOptions, SyncProgress } from "./sync_options.ts";

/** How many failures are kept. */
const MAX_KEPT = 1000;

/** What is known of a sync. */
export class SyncReport {
  /** What was not copied, and how much that was. */
  readonly failures: SyncFailure[] = [];
  /** What cannot be copied. */
  readonly skipped: SyncFailure[] = [];
  /** How much was not copied. */
  count = 0;

  #progress: SyncProgress;
  #options: Pick<SyncOptions, "onProgress" | "onChange">;
  #pulse = new Pulse();

  constructor(
    host: string,
    options: Pick<SyncOptions, "onProgress" | "onChange">,
  ) {
    this.#options = options;
    this.#progress = {
      host,
      path: "",
      entries: 0,
      files: 0,
      bytes: 0,
      total: 0,
    };
  }

  /** Takes something that happened. Throws what the callback throws. */
  event(what: SyncEvent[0], path: string, detail: string): void {
    if (what === "fail" || what === "skip") {
      if (what === "fail") this.count++;
      const kept = what === "fail" ? this.failures : this.skipped;
      const why = harmless(detail);
      if (kept.length < MAX_KEPT) kept.push({ path, why });
      return;
    }
    const { host } = this.#progress;
    this.#options.onChange?.({ host, kind: what, path, type: detail });
  }

  /** Takes what the far side says that happened there. */
  events(events: unknown): void {
    for (const event of readSyncEvents(events)) this.event(...event);
  }

  /** Takes what was done more than before. */
  progress({ path, entries, wanted, files, bytes }: SyncProgressStep): void {
    const progress = this.#progress;
    if (path !== undefined) progress.path = path;
    progress.entries += entries ?? 0;
    progress.files += files ?? 0;
    progress.bytes += bytes ?? 0;
    progress.total += wanted ?? 0;
    if (this.#pulse.isDue()) this.#options.onProgress?.({ ...progress });
  }

  /** Tells that it is through. */
  end(): void {
    this.#progress.total = this.#progress.bytes;
    this.#options.onProgress?.({ ...this.#progress });
  }
}

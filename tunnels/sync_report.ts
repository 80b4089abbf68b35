// What is told of a sync while it runs, and known at its end. What the far side says may be made up.

import {
  MAX_PATH,
  type SyncCounts,
  type SyncEvent,
  type SyncProgressStep,
} from "../files/sync_messages.ts";
import { ProtocolError } from "../wire/errors.ts";
import { sanitize } from "./log.ts";
import type {
  SyncChange,
  SyncFailure,
  SyncOptions,
  SyncProgress,
} from "./sync_options.ts";

/** How many failures are kept. */
const MAX_KEPT = 1000;

/** The longest text that is kept of one. */
const MAX_TEXT = 1000;

/** How often it is said how far it is, in milliseconds. */
const INTERVAL = 100;

const CHANGES: readonly string[] = [
  "create",
  "update",
  "attributes",
  "delete",
] satisfies SyncChange["kind"][];

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
  #told = -Infinity;

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
      const why = sanitize(detail.slice(0, MAX_TEXT));
      if (kept.length < MAX_KEPT) kept.push({ path, why });
      return;
    }
    const { host } = this.#progress;
    this.#options.onChange?.({ host, kind: what, path, type: detail });
  }

  /** Takes what the far side says that happened there. */
  events(events: unknown): void {
    if (!Array.isArray(events)) throw broken();
    for (const [what, path, detail] of events) {
      if (typeof path !== "string" || typeof detail !== "string") {
        throw broken();
      }
      const known = CHANGES.includes(what) || what === "fail" ||
        what === "skip";
      if (!known || path.length > MAX_PATH) throw broken();
      this.event(what, path, detail);
    }
  }

  /** Takes what was done more than before. */
  progress({ path, entries, wanted, files, bytes }: SyncProgressStep): void {
    const progress = this.#progress;
    if (path !== undefined) progress.path = path;
    progress.entries += entries ?? 0;
    progress.files += files ?? 0;
    progress.bytes += bytes ?? 0;
    progress.total += wanted?.[1] ?? 0;
    const now = performance.now();
    if (now - this.#told < INTERVAL) return;
    this.#told = now;
    this.#options.onProgress?.({ ...progress });
  }

  /** Tells that it is through. */
  end(): void {
    this.#progress.total = this.#progress.bytes;
    this.#options.onProgress?.({ ...this.#progress });
  }
}

/** Checks what the far side says that it did. */
export function readSyncDone(
  message: unknown,
): { path: string; counts: SyncCounts } {
  const { path, counts } = fields(message);
  const numbers = fields(counts);
  if (typeof path !== "string" || !path.startsWith("/")) throw broken();
  const number = (name: keyof SyncCounts) => {
    const value = numbers[name];
    if (!Number.isSafeInteger(value) || (value as number) < 0) throw broken();
    return value as number;
  };
  return {
    path,
    counts: {
      files: number("files"),
      size: number("size"),
      transferred: number("transferred"),
      bytes: number("bytes"),
      changed: number("changed"),
      deleted: number("deleted"),
    },
  };
}

/** Checks what the far side says of a tree that it sent. */
export function readSyncSent(message: unknown): string {
  const { path } = fields(message);
  if (typeof path !== "string" || !path.startsWith("/")) throw broken();
  return path;
}

function fields(message: unknown): Record<string, unknown> {
  if (typeof message !== "object" || message === null) throw broken();
  return message as Record<string, unknown>;
}

function broken(): ProtocolError {
  return new ProtocolError("Cannot read what the agent says of a sync");
}

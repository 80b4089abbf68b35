// The time of a test's own, so that nothing in it depends on how fast or how busy the machine is.

/**
 * Makes `performance.now()` tell another time, until it is disposed.
 *
 * @param now The time, in milliseconds.
 */
export function clock(now: () => number): Disposable {
  const own = performance.now;
  performance.now = now;
  return { [Symbol.dispose]: () => void (performance.now = own) };
}

/** Time limits that pass when a test says so. */
export interface TimeLimits extends Disposable {
  /** Has all pass that were set since the last time. Returns how long each is, in milliseconds. */
  pass(): number[];
}

/**
 * Has time limits (`AbortSignal.timeout()`) pass at the moment that a test is about, and not before,
 * until it is disposed.
 */
export function timeLimits(): TimeLimits {
  const own = AbortSignal.timeout;
  let limits: { ms: number; controller: AbortController }[] = [];
  AbortSignal.timeout = (ms) => {
    const controller = new AbortController();
    limits.push({ ms, controller });
    return controller.signal;
  };
  return {
    pass() {
      const passed = limits;
      limits = [];
      for (const { controller } of passed) {
        controller.abort(new DOMException("Signal timed out.", "TimeoutError"));
      }
      return passed.map(({ ms }) => ms);
    },
    [Symbol.dispose]: () => void (AbortSignal.timeout = own),
  };
}

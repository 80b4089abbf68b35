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

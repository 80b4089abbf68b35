// Functions that the command line calls, and whose results it shows.

export const LIMIT = 5;

export function list(...args: unknown[]): unknown {
  return args;
}

export function fail(): never {
  throw new RangeError("too far", { cause: new Error("too fast") });
}

/** What JSON has no word for. */
export function odd(): unknown {
  const value: Record<string, unknown> = {
    big: 2n ** 64n,
    map: new Map([["a", 1]]),
    pairs: new Map([[1, 2]]),
    set: new Set([1]),
    date: new Date(0),
    bytes: new Uint8Array([1, 2]),
    nothing: undefined,
    none: NaN,
    error: new TypeError("e"),
    url: new URL("https://a.example/"),
  };
  value.self = value;
  return value;
}

export function hostile(): string {
  console.log("log \x1b[2J");
  return "value \x1b]0;title\x07";
}

export function hostileError(): never {
  throw new Error("error \x1b[2J");
}

export function hostileRecord(): unknown {
  return { "key \x1b[2J": "cell \x1b[2J" };
}

/** Small here, and huge where it is written out. */
export function shared(): unknown {
  let value: unknown[] = [1];
  for (let i = 0; i < 40; i++) value = [value, value];
  return value;
}

// Arguments as they are at the time of a call that cannot be sent at once.

import { decodeValue } from "../wire/decode_value.ts";
import { encodeValue } from "../wire/encode_value.ts";
import { passing } from "../wire/live.ts";

/**
 * A copy of the arguments, but for streams and other live values in them.
 *
 * @throws {SerializationError} If one of them cannot be sent.
 */
export function snapshot(args: unknown[]): unknown[] {
  return copyOf(args, "args") as unknown[];
}

/**
 * A copy of a value, but for streams and other live values in it.
 *
 * @param value The value.
 * @param what What it is called where it, or something in it, cannot be sent.
 * @throws {SerializationError} If it cannot be sent.
 */
export function copyOf(value: unknown, what = "value"): unknown {
  const live = passing();
  return decodeValue(encodeValue(value, what, live), live);
}

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
  const live = passing();
  const bytes = encodeValue({ args }, "", live);
  return (decodeValue(bytes, live) as { args: unknown[] }).args;
}

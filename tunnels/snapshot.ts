// Arguments as they are at the time of a call that cannot be sent at once.

import { decodeValue } from "../wire/decode_value.ts";
import { encodeValue } from "../wire/encode_value.ts";

/**
 * A copy of the arguments.
 *
 * @throws {SerializationError} If one of them cannot be sent.
 */
export function snapshot(args: unknown[]): unknown[] {
  const bytes = encodeValue({ args }, "");
  return (decodeValue(bytes) as { args: unknown[] }).args;
}

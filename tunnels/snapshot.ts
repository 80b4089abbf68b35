// Arguments as they are at the time of a call that cannot be sent at once.

import { Channel } from "../wire/channel.ts";
import { decodeValue } from "../wire/decode_value.ts";
import { encodeValue, type LiveOut } from "../wire/encode_value.ts";
import { isLive, passing } from "../wire/live.ts";

/**
 * A copy of the arguments, but for streams and other live values in them.
 *
 * @param args The arguments.
 * @param hosts How many hosts they are for.
 * @throws {SerializationError} If one of them cannot be sent, or not to so many.
 */
export function snapshot(args: unknown[], hosts = 1): unknown[] {
  return copyOf(args, "args", hosts) as unknown[];
}

/**
 * A copy of a value, but for streams and other live values in it.
 *
 * @param value The value.
 * @param what What it is called where it, or something in it, cannot be sent.
 * @param hosts How many hosts it is for.
 * @throws {SerializationError} If it cannot be sent, or not to so many.
 */
export function copyOf(value: unknown, what = "value", hosts = 1): unknown {
  const live = passing();
  const out: LiveOut = hosts < 2 ? live : {
    export: (value) =>
      isForOne(value)
        ? `a stream, channel or generator, which only one of ${hosts} hosts could have; ` +
          "give each one of its own"
        : live.export(value),
  };
  return decodeValue(encodeValue(value, what, out), live);
}

/**
 * Whether who has it uses it up. What begins anew for each who iterates over it is not; an iterator,
 * a stream of Node and an operation on a group are.
 */
function isForOne(value: object): boolean {
  if (!isLive(value)) return false;
  const { next, then } = value as { next?: unknown; then?: unknown };
  return !(Symbol.asyncIterator in value) || Symbol.asyncDispose in value ||
    value instanceof ReadableStream || Channel.isChannel(value) ||
    typeof next === "function" || typeof then === "function";
}

// Why a call was cancelled, as it is told to the far side.

import { encodeValue } from "../wire/encode_value.ts";
import { briefError } from "../wire/to_error.ts";

/** The longest reason that is sent, in UTF-16 units. */
const MAX_REASON = 1000;

/** Why a call was cancelled, in a form that fits into a frame whatever it holds. */
export function encodeReason(reason: unknown): Uint8Array {
  const error = briefError(reason, MAX_REASON);
  error.stack = "";
  return encodeValue(error);
}

// To which realm a stream leads, as the supervisor is told.

import { encodeValue } from "../wire/encode_value.ts";
import { FrameType, uint32 } from "../wire/frame.ts";
import { MAX_FRAME_SIZE } from "../wire/limits.ts";
import type { Link } from "../wire/link.ts";
import type { Bind } from "../wire/messages.ts";
import type { CallEnvironment } from "./realm_slots.ts";

/**
 * Says to which realm a stream leads, right before its first message.
 *
 * @throws {RangeError} If the environment is too large.
 */
export function bind(
  link: Link,
  host: string,
  stream: number,
  slot: number,
  environment: CallEnvironment | undefined,
): void {
  if (environment === undefined) return;
  const bind: Bind = { stream, slot, ...environment };
  const payload = encodeValue(bind);
  if (payload.length > MAX_FRAME_SIZE) {
    throw new RangeError(
      `Cannot call on "${host}": the environment is larger than ${MAX_FRAME_SIZE} bytes`,
    );
  }
  link.send(FrameType.Bind, 0, payload);
}

/** Says that a stream leads to the same realm as another one. */
export function attach(link: Link, stream: number, parent: number): void {
  link.send(FrameType.Attach, stream, uint32(parent));
}

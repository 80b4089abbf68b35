// Sending text to the controller's log, in messages that fit into a frame.

import { encodeValue } from "../wire/encode_value.ts";
import { FrameType } from "../wire/frame.ts";
import type { Link } from "../wire/link.ts";
import type { Log } from "../wire/messages.ts";

/** The longest text of one message in UTF-16 units, of three bytes at most. */
const MAX_TEXT = 16 * 1024;

/** Sends a text, in pieces if it is long. */
export function sendLog(link: Link, { level, text }: Log): void {
  for (let i = 0; i === 0 || i < text.length; i += MAX_TEXT) {
    const piece: Log = { level, text: text.slice(i, i + MAX_TEXT) };
    link.send(FrameType.Log, 0, encodeValue(piece));
  }
}

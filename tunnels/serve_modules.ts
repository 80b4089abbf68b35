// Modules that an agent asks for.

import type { ModuleProvider } from "../modules/provider.ts";
import { decodeValue } from "../wire/decode_value.ts";
import { encodeValue } from "../wire/encode_value.ts";
import { ProtocolError } from "../wire/errors.ts";
import { FrameType } from "../wire/frame.ts";
import type { Link } from "../wire/link.ts";
import type { Stream } from "../wire/stream.ts";
import { readNeed } from "./received.ts";

/**
 * Answers a request for modules.
 *
 * @throws {ProtocolError} If it is none.
 */
export function serveModules(
  provider: ModuleProvider,
  link: Link,
  stream: Stream,
  type: FrameType,
  payload: Uint8Array,
): void {
  if (type !== FrameType.Need) {
    throw new ProtocolError(
      `Cannot open a stream with a message of type ${type}`,
    );
  }
  const need = readNeed(decodeValue(payload));
  answer(link, stream, provider.answer(need)).catch(() => {})
    .finally(() => stream.close());
}

async function answer(
  link: Link,
  stream: Stream,
  modules: Promise<Uint8Array>,
): Promise<void> {
  const message = await modules.then(
    (payload) => ({ type: FrameType.Modules, payload }),
    (error) => ({
      type: FrameType.Failure,
      payload: encodeValue({ error }),
    }),
  );
  // An agent that asks and does not read must not fill the memory of this side.
  await link.drained();
  await stream.send(message.type, message.payload);
}

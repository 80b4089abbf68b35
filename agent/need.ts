// Asking the controller for modules. Everything that is asked for in one turn of the event loop
// goes in one request, so that a hundred computed imports cost one round trip.

import { decodeValue } from "../wire/decode_value.ts";
import { encodeValue } from "../wire/encode_value.ts";
import { FrameType } from "../wire/frame.ts";
import type {
  Failure,
  Modules,
  Need as NeedMessage,
} from "../wire/messages.ts";
import type { Stream } from "../wire/stream.ts";
import type { Need } from "./loader.ts";

interface Waiting {
  specifier: string;
  referrer: string;
  answer: PromiseWithResolvers<string>;
}

/**
 * Makes the function that a loader asks with.
 *
 * @param open Opens a stream to the controller.
 * @param take Takes the modules of an answer.
 */
export function needBatch(
  open: () => Stream,
  take: (modules: Modules) => Promise<void>,
): Need {
  let batch: Waiting[] = [];

  async function send(): Promise<void> {
    const sent = batch;
    batch = [];
    try {
      const imports = sent.map((
        { specifier, referrer },
      ): [string, string] => [specifier, referrer]);
      const modules = await ask(open(), { imports });
      await take(modules);
      for (const [i, { answer, specifier, referrer }] of sent.entries()) {
        const found = modules.answers?.[i];
        if (found !== undefined && "url" in found) answer.resolve(found.url);
        else answer.reject(notFound(specifier, referrer, found?.error));
      }
    } catch (error) {
      for (const { answer } of sent) answer.reject(error);
    }
  }

  return (specifier, referrer) => {
    if (batch.length === 0) queueMicrotask(send);
    const answer = Promise.withResolvers<string>();
    batch.push({ specifier, referrer, answer });
    return answer.promise;
  };
}

function ask(stream: Stream, need: NeedMessage): Promise<Modules> {
  const { promise, resolve, reject } = Promise.withResolvers<Modules>();
  stream.onFail = reject;
  stream.onMessage = (type, payload) => {
    stream.close();
    if (type === FrameType.Modules) resolve(decodeValue(payload) as Modules);
    else reject((decodeValue(payload) as Failure).error);
  };
  stream.send(FrameType.Need, encodeValue(need));
  return promise;
}

function notFound(
  specifier: string,
  referrer: string,
  why = "the controller has none",
): Error {
  const from = specifier === referrer ? "" : ` imported from "${referrer}"`;
  return new TypeError(`Cannot find module "${specifier}"${from}: ${why}`);
}

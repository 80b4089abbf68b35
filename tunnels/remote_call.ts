// One call of a function, from its message to its answer.

import { encodeValue } from "../wire/encode_value.ts";
import { FrameType } from "../wire/frame.ts";
import type { LateSink, LateSource } from "../wire/late.ts";
import type { Link } from "../wire/link.ts";
import type { Live } from "../wire/live.ts";
import type { Call } from "../wire/messages.ts";
import type { Mux } from "../wire/mux.ts";
import type { Stream } from "../wire/stream.ts";
import { LateEnds } from "./late_ends.ts";
import type { CallEnvironment } from "./realm_slots.ts";
import { encodeReason } from "./reason.ts";
import { readReply, type Reply } from "./received.ts";

/** How a function is to be run. */
export interface CallOptions {
  /** Cancels the call. */
  signal?: AbortSignal | undefined;
  /** The environment to run it in, if it is not that of the tunnel. */
  environment?: CallEnvironment | undefined;
  /** Where what it yields or sends comes out, if it is to be run for that. */
  output?: LateSource;
  /** Where what it receives goes in, if it is to be run with a channel. */
  input?: LateSink;
}

/** What a call goes through. */
export interface CallConnection {
  /** The frames. */
  link: Link;
  /** The streams. */
  mux: Mux;
  /** The live values. */
  live: Live;
  /** Makes an error of what code there threw. */
  remoteError(thrown: unknown): Error;
}

/**
 * Runs a function.
 *
 * @param connection What the call goes through.
 * @param stream A new stream for it.
 * @param call What to run.
 * @param options How.
 * @param lead Says to which realm the stream leads.
 * @returns What it returned. It rejects with why the call came to nothing.
 * @throws {SerializationError} If the call cannot be sent.
 */
export function remoteCall(
  { link, mux, live, remoteError }: CallConnection,
  stream: Stream,
  call: Call,
  { signal, output, input }: CallOptions,
  lead: (stream: Stream) => void,
): Promise<unknown> {
  const sending = live.sending(stream.id);
  let payload: Uint8Array;
  let ends: LateEnds | undefined;
  try {
    if (output !== undefined) {
      ends = new LateEnds(live, stream.id, output, input);
      call = { ...call, ...ends.names };
    }
    payload = encodeValue(call, "", sending);
    mux.checkSize(payload.length, "args");
    lead(stream);
  } catch (error) {
    sending.release();
    ends?.giveUp(error);
    stream.close();
    throw error;
  }
  sending.attach();
  ends?.attach();
  const reply = Promise.withResolvers<Reply>();
  stream.onFail = reply.reject;
  stream.onMessage = (type, payload) => {
    // First what may throw: the end of the connection then fails this stream too.
    const answer = readReply(type, payload, live.receiving);
    stream.close();
    reply.resolve(answer);
  };
  const begin = () => {
    sending.begin();
    ends?.begin();
  };
  const sent = stream.send(FrameType.Call, payload);
  if (sent === undefined) begin();
  else sent.then(begin, () => {}); // The stream's end says why.
  const result = answered(reply.promise, remoteError);
  if (signal === undefined && ends === undefined) return result;
  const cancel = () => {
    sending.abort(signal!.reason);
    link.send(FrameType.Cancel, stream.id, encodeReason(signal!.reason));
    stream.close();
    reply.reject(signal!.reason);
  };
  signal?.addEventListener("abort", cancel);
  const finish = async () => {
    try {
      return await result;
    } catch (error) {
      ends?.giveUp(error);
      throw error;
    } finally {
      signal?.removeEventListener("abort", cancel);
    }
  };
  return finish();
}

/** Waits for the answer, in a function of its own: thousands may wait, and it keeps little. */
async function answered(
  reply: Promise<Reply>,
  remoteError: (thrown: unknown) => Error,
): Promise<unknown> {
  const answer = await reply;
  if ("value" in answer) return answer.value;
  // Made here, so that its stack leads to who called.
  throw remoteError(answer.failure.error);
}

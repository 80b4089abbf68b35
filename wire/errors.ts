// The errors that can arise where bytes become messages, and the class that all errors of tongs share.
// This file must not know of processes, modules or hosts.

/**
 * The class that every error of tongs itself extends.
 *
 * @example Telling errors of tongs from all others
 * ```ts
 * import { Local, TongsError } from "tongs";
 * import { assertInstanceOf } from "@std/assert";
 *
 * await using here = new Local();
 * const error = await here.call(Deno.readTextFile, "/no/such/file").catch((error) => error);
 * assertInstanceOf(error, TongsError);
 * ```
 */
export class TongsError extends Error {
  /** The name of the class, which is also what `toString()` shows. */
  override name = "TongsError";
}

/**
 * The other side sent something that is not the protocol of tongs: a bad length, an unknown
 * frame, CBOR that does not decode. The connection has been closed.
 */
export class ProtocolError extends TongsError {
  /** The name of the class. */
  override name = "ProtocolError";
}

/**
 * A value cannot be sent. Nothing was sent, and the connection goes on.
 *
 * @example The path to what cannot be sent
 * ```ts
 * import { Local, SerializationError } from "tongs";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * await using here = new Local();
 * const error = await assertRejects(
 *   () => here.call(structuredClone, { onDone: () => {} }),
 *   SerializationError,
 * );
 * assertEquals(error.path, "args[0].onDone");
 * ```
 */
export class SerializationError extends TongsError {
  /** The name of the class. */
  override name = "SerializationError";

  /** The way from the arguments (`args[1].onDone`) or the result (`result.onDone`) to the value. */
  readonly path: string;

  /**
   * Constructs a new instance.
   *
   * @param message What cannot be sent, and why.
   * @param path The way to it.
   * @param options Its cause.
   */
  constructor(message: string, path: string, options?: ErrorOptions) {
    super(message, options);
    this.path = path;
  }
}

/**
 * A channel, or one direction of it, is closed: nothing can be sent, or nothing more will be
 * received.
 *
 * @example The end of what the other side sends
 * ```ts
 * import { Channel, ChannelClosedError } from "tongs";
 * import { assertRejects } from "@std/assert";
 *
 * const [near, far] = Channel.pair<never, number>();
 * await far.close();
 * await assertRejects(() => near.receive(), ChannelClosedError);
 * ```
 */
export class ChannelClosedError extends TongsError {
  /** The name of the class. */
  override name = "ChannelClosedError";
}

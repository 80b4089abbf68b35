// A request about files, from this side: its data in both directions, and its answer.

import { decodeValue } from "../wire/decode_value.ts";
import { encodeValue } from "../wire/encode_value.ts";
import { ProtocolError } from "../wire/errors.ts";
import { FrameType } from "../wire/frame.ts";
import type { FileRequest } from "../wire/messages.ts";
import type { Stream } from "../wire/stream.ts";
import { readFileFailure } from "./received_files.ts";
import { FarFileError } from "./transfer_error.ts";

/**
 * A request about files. Disposing cancels it unless it is answered. A failure on the far side fails
 * all of it at once, so that nothing more is sent.
 */
export class Transfer implements Disposable {
  /** Resolves to the first that the far side says, if it says something before its answer. */
  readonly head: Promise<unknown>;
  /** Resolves to the answer. */
  readonly answer: Promise<unknown>;

  #stream: Stream;
  #signal: AbortSignal | undefined;
  #head = Promise.withResolvers<unknown>();
  #answer = Promise.withResolvers<unknown>();
  #failure: unknown;
  #isAnswered = false;
  #over = false;
  /** Reject what is waited for, see `during`. */
  #interrupts = new Set<(error: unknown) => void>();
  #abort = () => this.#fail(this.#signal!.reason, true);

  /**
   * Constructs a new instance.
   *
   * @param stream A new stream to the supervisor.
   * @param request What it is to do.
   * @param signal Cancels it.
   */
  constructor(
    stream: Stream,
    request: FileRequest,
    signal: AbortSignal | undefined,
  ) {
    this.#stream = stream;
    this.#signal = signal;
    this.head = this.#head.promise;
    this.answer = this.#answer.promise;
    this.head.catch(() => {});
    this.answer.catch(() => {});
    stream.onFail = (error) => this.#fail(error, false);
    stream.onMessage = (type, payload) => this.#receive(type, payload);
    signal?.addEventListener("abort", this.#abort);
    const payload = encodeValue(request);
    stream.send(FrameType.File, payload)?.catch(() => {}); // Its end says why.
  }

  /** Sends data, as fast as the far side takes it. */
  async write(bytes: Uint8Array): Promise<void> {
    // A far side that hangs takes nothing: what is written would wait for it until the end.
    await this.during(this.#stream.write(bytes))
      .catch((error) => this.#rethrow(error));
  }

  /** Ends the data, and says what it was. */
  async end(trailer: unknown): Promise<void> {
    await this.during(this.#stream.end(encodeValue(trailer)))
      .catch((error) => this.#rethrow(error));
  }

  /** The next data that the far side sends, or `undefined` at its end. */
  async read(): Promise<Uint8Array | undefined> {
    return await this.#stream.read().catch((error) => this.#rethrow(error));
  }

  /** Gives back what was read, once it is needed no more. */
  recycle(bytes: Uint8Array): void {
    this.#stream.recycle(bytes);
  }

  /** Waits for something else, but no longer than the transfer goes on. */
  async during<T>(other: Promise<T>): Promise<T> {
    if (this.#failure !== undefined) {
      other.catch(() => {});
      throw this.#failure;
    }
    // A promise for each time, as one for all would keep all that ever waited for it.
    const interrupted = Promise.withResolvers<never>();
    this.#interrupts.add(interrupted.reject);
    try {
      return await Promise.race([other, interrupted.promise]);
    } finally {
      this.#interrupts.delete(interrupted.reject);
    }
  }

  /** Cancels it, unless it is over. */
  [Symbol.dispose](): void {
    const error = new DOMException("The transfer is over", "AbortError");
    this.#fail(error, !this.#isAnswered);
  }

  #receive(type: FrameType, payload: Uint8Array): void {
    if (type === FrameType.File) {
      return this.#head.resolve(decodeValue(payload));
    }
    if (type === FrameType.Result) {
      // Its data may not have been read yet, so that the stream stays.
      this.#isAnswered = true;
      this.#answer.resolve(decodeValue(payload));
      this.#head.reject(new ProtocolError("The far side said nothing before"));
      return;
    }
    if (type !== FrameType.Failure) {
      throw new ProtocolError(
        `Cannot take a message of type ${type} about files`,
      );
    }
    const { reason, text } = readFileFailure(decodeValue(payload));
    this.#fail(new FarFileError(reason, text), false);
  }

  #fail(error: unknown, tell: boolean): void {
    if (this.#over) return;
    this.#over = true;
    this.#failure = error;
    this.#answer.reject(error);
    this.#head.reject(error);
    for (const interrupt of this.#interrupts) interrupt(error);
    this.#signal?.removeEventListener("abort", this.#abort);
    if (tell) this.#stream.reset();
    this.#stream.close();
  }

  /** What ended the transfer says more than that its stream is over. */
  #rethrow(error: unknown): never {
    throw this.#failure ?? error;
  }
}

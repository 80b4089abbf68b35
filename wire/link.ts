// A link: frames over a pair of byte pipes, with acknowledgements and signs of life.
// It knows nothing of what the frames mean; streams are the business of `mux.ts`.

import { ProtocolError, TongsError } from "./errors.ts";
import { FrameParser, FrameType, type OnFrame } from "./frame.ts";
import { HIGH_WATER_MARK } from "./limits.ts";
import { type BytePipe, Output } from "./output.ts";

/** The bytes below a {@linkcode Link}. */
export interface Pipe extends BytePipe {
  /** Resolves to what came next, valid until the next `read`, or to `undefined` at the end. */
  read(): Promise<Uint8Array | undefined>;
  /** Gives the connection up: a pending `read` resolves to `undefined`. */
  abort(): void;
}

/** Sends and receives frames over a {@linkcode Pipe}. */
export class Link extends Output {
  #pipe: Pipe;
  #parser: FrameParser;
  #onFrame: OnFrame;

  #received = 0;
  #failure: Error | undefined;
  #cut = false;
  #heard = false;

  constructor(pipe: Pipe, onFrame: OnFrame) {
    super(pipe);
    this.#pipe = pipe;
    this.#onFrame = onFrame;
    this.#parser = new FrameParser((type, stream, frame) =>
      this.#receive(type, stream, frame)
    );
  }

  /** Whether the other side has ended in the middle of a frame. */
  get isCut(): boolean {
    return this.#cut;
  }

  /**
   * Answers a sign of life, unless the other side sends them and does not read.
   *
   * @param stream The stream.
   * @param isLost Whether to say too that there is no such stream.
   */
  answerPing(stream: number, isLost = false): void {
    if (this.pending >= HIGH_WATER_MARK) return;
    this.send(FrameType.Pong, stream);
    if (isLost) this.send(FrameType.Reset, stream);
  }

  /**
   * Reads frames until the other side ends.
   *
   * @param head Bytes that were read already.
   * @throws {ProtocolError} If the bytes are not frames, or end within one.
   * @throws {TongsError} If the other side went silent, see {@linkcode Link.keepAlive}.
   */
  async run(head: Uint8Array = new Uint8Array()): Promise<void> {
    try {
      let bytes: Uint8Array | undefined = head;
      while (bytes !== undefined) {
        this.#heard = true;
        this.#received = (this.#received + bytes.length) >>> 0;
        this.#parser.push(bytes);
        bytes = await this.#pipe.read();
      }
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#parser.incomplete && !this.isClosed) {
        this.#cut = true;
        throw new ProtocolError(
          "Cannot read a frame: the connection ended in the middle of it",
        );
      }
    } finally {
      this.close();
    }
  }

  /**
   * Asks the other side for a sign of life whenever it has been silent for `interval`
   * milliseconds, and gives it up after three times that.
   *
   * @param interval How long, in milliseconds.
   * @param after Calls back once, after some milliseconds. Which timer is best differs.
   */
  keepAlive(
    interval: number,
    after: (ms: number, callback: () => void) => void,
  ): void {
    let misses = 0;
    const tick = () => {
      if (this.isClosed) return;
      misses = this.#heard ? 0 : misses + 1;
      this.#heard = false;
      if (misses >= 3) {
        const seconds = (misses * interval) / 1000;
        const what = `The other side has been silent for ${seconds} s`;
        return this.fail(new TongsError(what));
      }
      if (misses > 0) this.send(FrameType.Ping, 0);
      after(interval, tick);
    };
    after(interval, tick);
  }

  /** Ends the link: {@linkcode Link.run} throws `error`. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#pipe.abort();
  }

  #receive(type: FrameType, stream: number, frame: Uint8Array): void {
    if (type === FrameType.Ack) {
      this.acknowledged(stream);
    } else if (type === FrameType.Mark) {
      this.acknowledge(this.#received);
    } else if (type === FrameType.Ping && stream === 0) {
      this.answerPing(0);
    } else if (type !== FrameType.Pong || stream !== 0) {
      if (type === FrameType.Call) this.noteCall();
      this.#onFrame(type, stream, frame);
    }
  }
}

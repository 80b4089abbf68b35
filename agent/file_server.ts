// The streams of the controller that lead to the supervisor itself and its files. What serves them
// comes with the first of them.

import { decodeValue } from "../wire/decode_value.ts";
import { FrameType } from "../wire/frame.ts";
import { TongsError } from "../wire/errors.ts";
import type { Link } from "../wire/link.ts";
import type { FileRequest } from "../wire/messages.ts";
import { Mux } from "../wire/mux.ts";
import type { Stream } from "../wire/stream.ts";
import { evaluate } from "./extension.ts";
import type { FileContext, serve } from "./file_service.ts";

/** Serves all that the controller wants of files. */
export class FileServer {
  #mux: Mux;
  #link: Link;
  #context: FileContext;
  #serve: typeof serve | undefined;
  #jobs = new Set<Promise<void>>();

  constructor(link: Link, context: FileContext) {
    this.#link = link;
    this.#context = context;
    this.#mux = new Mux(link, {
      firstId: 2, // It opens none.
      step: 2,
      onOpen: (stream, _type, payload) => this.#open(stream, payload),
    });
  }

  /** Whether a frame of the controller is for files. */
  takes(type: FrameType, stream: number): boolean {
    return type === FrameType.File || this.#mux.get(stream) !== undefined;
  }

  /** Takes a frame of the controller. */
  receive(type: FrameType, stream: number, frame: Uint8Array): void {
    this.#mux.receive(type, stream, frame);
  }

  /** Whether something is being done that leaves what has to be removed. */
  get isBusy(): boolean {
    return this.#jobs.size > 0;
  }

  /** Ends all that is being done. Resolves when nothing of it is left. */
  async end(): Promise<void> {
    this.#mux.close(new TongsError("The connection has ended"));
    await Promise.all(this.#jobs);
  }

  #open(stream: Stream, payload: Uint8Array): void {
    const { code, ...request } = decodeValue(payload) as FileRequest;
    if (code !== undefined) {
      this.#serve = evaluate(code).serve as typeof serve;
    }
    const job = this.#serve!(stream, request, this.#link, this.#context)
      .catch(() => {}) // The controller has cancelled it.
      .finally(() => {
        stream.close();
        this.#jobs.delete(job);
      });
    this.#jobs.add(job);
  }
}

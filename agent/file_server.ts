// The streams of the controller that lead to the supervisor itself and its files. No realm has a
// part in them: one in a busy loop stops no transfer, and permissions of user code do not apply.
// Each kind of request is served by a file of its own.

import type { Hold } from "../files/atomic_file.ts";
import { asFileError } from "../files/file_error.ts";
import { absolute } from "../files/paths.ts";
import { decodeValue } from "../wire/decode_value.ts";
import { encodeValue } from "../wire/encode_value.ts";
import { FrameType } from "../wire/frame.ts";
import type { Link } from "../wire/link.ts";
import type { FileFailure, FileRequest } from "../wire/messages.ts";
import { Mux } from "../wire/mux.ts";
import type { Stream } from "../wire/stream.ts";
import { evaluate } from "./extension.ts";
import { sendFile } from "./fetch_file.ts";
import { putFile } from "./put_file.ts";

/** What requests are served with. */
export interface FileContext {
  /** The directory that relative paths are in, or `null` for the supervisor's own. */
  cwd: string | null;
  /** Sees to it that a file goes with this process, and returns what lets go of it. */
  hold: Hold;
}

/** A request that is being served. */
export interface FileJob<T extends FileRequest = FileRequest>
  extends FileContext {
  /** The request. */
  request: T;
  /** Its stream, for data in both directions. */
  stream: Stream;
  /** Makes a path of the request absolute. */
  resolve(path: string): string;
}

/** Serves one kind of request; what it returns is the result. */
type Serve = (job: FileJob) => Promise<unknown>;

const OPERATIONS: Record<string, Serve> = {
  put: putFile as Serve,
  fetch: sendFile as Serve,
};

/** Serves all that the controller wants of files. */
export class FileServer {
  #mux: Mux;
  #link: Link;
  #context: FileContext;

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

  #open(stream: Stream, payload: Uint8Array): void {
    const request = decodeValue(payload) as FileRequest;
    this.#serve(stream, request).catch(() => {}) // The controller has cancelled it.
      .finally(() => stream.close());
  }

  async #serve(stream: Stream, request: FileRequest): Promise<void> {
    try {
      const { op, code } = request;
      if (OPERATIONS[op] === undefined && code !== undefined) {
        Object.assign(OPERATIONS, evaluate(code));
      }
      const serve = OPERATIONS[op];
      if (serve === undefined) throw new TypeError(`this agent cannot ${op}`);
      const base = request.cwd === undefined
        ? this.#context.cwd
        : absolute(request.cwd, this.#context.cwd);
      const value = await serve({
        ...this.#context,
        request,
        stream,
        resolve: (path) => absolute(path, base),
      });
      await stream.send(FrameType.Result, encodeValue(value));
    } catch (error) {
      if (stream.isOver) return;
      stream.abandon(); // What was being sent has no more meaning.
      const { reason, message: text } = asFileError(error);
      const failure: FileFailure = { reason, text };
      this.#link.send(
        FrameType.Failure,
        stream.id,
        encodeValue({ error: failure }),
      );
    }
  }
}

// Serves what the controller wants of files. No realm has a part in it: one in a busy loop stops no
// transfer, and permissions of user code do not apply. Each kind of request is served by a file of its
// own. It is an extension of the agent, see `extension.ts`.

import type { Hold } from "../files/atomic_file.ts";
import { asFileError } from "../files/file_error.ts";
import { absolute } from "../files/paths.ts";
import { encodeValue } from "../wire/encode_value.ts";
import { FrameType } from "../wire/frame.ts";
import type { Link } from "../wire/link.ts";
import type { FileFailure, FileRequest } from "../wire/messages.ts";
import type { Stream } from "../wire/stream.ts";
import { sendFile } from "./fetch_file.ts";
import { putFile } from "./put_file.ts";
import { receiveSync, sendSync } from "./sync_tree.ts";

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
  sync: receiveSync as Serve,
  syncFrom: sendSync as Serve,
};

/** Serves one request. */
export async function serve(
  stream: Stream,
  request: FileRequest,
  link: Link,
  context: FileContext,
): Promise<void> {
  try {
    const operation = OPERATIONS[request.op];
    if (operation === undefined) {
      throw new TypeError(`this agent cannot ${request.op}`);
    }
    const base = request.cwd === undefined
      ? context.cwd
      : absolute(request.cwd, context.cwd);
    const value = await operation({
      ...context,
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
    link.send(FrameType.Failure, stream.id, encodeValue({ error: failure }));
  }
}

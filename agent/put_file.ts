// The far side of `put`.

import { AtomicFile, momentaryPath } from "../files/atomic_file.ts";
import { decodeValue } from "../wire/decode_value.ts";
import type { FileDone, FileEnd, PutRequest } from "../wire/messages.ts";
import type { FileJob } from "./file_service.ts";

/** Takes a file. */
export async function putFile(job: FileJob<PutRequest>): Promise<FileDone> {
  const { stream, request, hold } = job;
  const path = request.path === null
    ? momentaryPath()
    : job.resolve(request.path);
  await using file = await AtomicFile.create(path, {
    mode: request.mode,
    hold,
  });
  let bytes: Uint8Array | undefined;
  while ((bytes = await stream.read()) !== undefined) {
    await file.write(bytes);
    stream.recycle(bytes);
  }
  const { sha256 } = decodeValue(stream.trailer) as FileEnd;
  return await file.commit(sha256);
}

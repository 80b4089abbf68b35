// The far side of `fetch`.

import { sha256 } from "../files/digest.ts";
import { SourceFile } from "../files/source.ts";
import { encodeValue } from "../wire/encode_value.ts";
import { FrameType } from "../wire/frame.ts";
import type { FetchRequest, FileDone, FileHead } from "../wire/messages.ts";
import type { FileJob } from "./file_service.ts";

/** Sends a file. */
export async function sendFile(
  { stream, request, resolve }: FileJob<FetchRequest>,
): Promise<FileDone> {
  const path = resolve(request.path);
  using file = await SourceFile.open(path);
  const head: FileHead = {
    path,
    size: file.info.size,
    mode: file.info.mode! & 0o7777,
  };
  stream.send(FrameType.File, encodeValue(head));
  const digest = await sha256();
  let size = 0;
  for await (const bytes of file.read()) {
    const written = stream.write(bytes);
    digest.update(bytes); // While the link writes.
    size += bytes.length;
    await written;
  }
  await stream.end();
  return { path, size, sha256: digest.hex() };
}

// Code of the agent that comes with the first request that needs it, so that connecting does not
// wait for what most connections never do. It comes from the controller, as the agent itself does.

import { AtomicFile } from "../files/atomic_file.ts";
import { sha256, sha256OfWhole } from "../files/digest.ts";
import { asFileError, codeOf, FileError } from "../files/file_error.ts";
import { treeRoot } from "../files/paths.ts";
import { decodeValue } from "../wire/decode_value.ts";
import { encodeValue } from "../wire/encode_value.ts";
import { ProtocolError } from "../wire/errors.ts";

/** What it takes of the agent, by the names of the files; `tools/bundle.ts` leaves these out. */
const SHARED: Record<string, object> = {
  "atomic_file.ts": { AtomicFile },
  "decode_value.ts": { decodeValue },
  "digest.ts": { sha256, sha256OfWhole },
  "encode_value.ts": { encodeValue },
  "errors.ts": { ProtocolError },
  "file_error.ts": { asFileError, codeOf, FileError },
  "paths.ts": { treeRoot },
};

/** Evaluates such code. Returns what it exports. */
export function evaluate(code: string): Record<string, unknown> {
  const module = { exports: {} };
  const require = (specifier: string) =>
    SHARED[specifier.slice(specifier.lastIndexOf("/") + 1)];
  new Function("module", "require", code)(module, require);
  return module.exports;
}

// Code of the agent that comes with the first request that needs it, so that connecting does not
// wait for what many connections never do. It comes from the controller, as the agent itself does.

import { decodeValue } from "../wire/decode_value.ts";
import { encodeValue } from "../wire/encode_value.ts";
import { ProtocolError } from "../wire/errors.ts";

/** What it takes of the agent, by the names of the files; `tools/bundle.ts` leaves these out. */
const SHARED: Record<string, object> = {
  "decode_value.ts": { decodeValue },
  "encode_value.ts": { encodeValue },
  "errors.ts": { ProtocolError },
};

/** Evaluates such code. Returns what it exports. */
export function evaluate(code: string): Record<string, unknown> {
  const module = { exports: {} };
  const require = (specifier: string) =>
    SHARED[specifier.slice(specifier.lastIndexOf("/") + 1)];
  new Function("module", "require", code)(module, require);
  return module.exports;
}

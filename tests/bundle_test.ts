// What the agent is on the wire. Its size is the same on each machine, so that it is held here and not
// only measured.

import { assert } from "@std/assert";
import { AGENT } from "../agent/bundle.gen.ts";

Deno.test("the agent takes at most 32 KiB on the wire", () => {
  const { length } = Uint8Array.fromBase64(AGENT);
  assert(length <= 32 * 1024, `${length} bytes`);
});

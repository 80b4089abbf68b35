// Calls over an established connection: one after the other, or all at once.

import { Local, SSH } from "../../mod.ts";
import { HOST } from "../bench.ts";
import { nothing } from "./greeting.ts";
import { serveRounds } from "./lines.ts";

const [way, config = "", calls, how] = Deno.args;

await using tunnel = way === "ssh" ? new SSH(HOST, { config }) : new Local();
await tunnel.call(nothing);
await serveRounds(async () => {
  if (how === "all") {
    await Promise.all(
      Array.from({ length: Number(calls) }, () => tunnel.call(nothing)),
    );
  } else {
    for (let i = 0; i < Number(calls); i++) await tunnel.call(nothing);
  }
});

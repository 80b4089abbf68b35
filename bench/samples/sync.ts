// Copies a directory over ssh, as a script would.

import { SSH } from "../../mod.ts";
import { HOST } from "../bench.ts";

const [config = "", from = "", to = ""] = Deno.args;
await using host = new SSH(HOST, { config });
await host.sync(from, to);

// A script as cron would run it: connect, one call, close.

import { hostname } from "../../facts.ts";
import { Local, SSH } from "../../mod.ts";
import { HOST } from "../bench.ts";

const [way, config = ""] = Deno.args;

await using tunnel = way === "ssh" ? new SSH(HOST, { config }) : new Local();
console.log(await tunnel.call(hostname));

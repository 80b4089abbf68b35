// Measures tongs against floors and peers, in one run. Absolute times say little on a machine that
// others use; the ratios are what counts, and the budgets of the design are ratios.
//
//     deno task bench [--only NAME]… [--rounds N] [--quick] [--json FILE]

import { parseArgs } from "@std/cli/parse_args.js";
import { startSshd } from "../tests/support/sshd.ts";
import type { Bench, Measurement } from "./bench.ts";
import { connect, connectFar, connectLocal } from "./connect.ts";
import { files, filesBeside, filesFar } from "./files.ts";
import { functions } from "./functions.ts";
import { inFlight, latency } from "./latency.ts";
import { items } from "./items.ts";
import { memory } from "./memory.ts";
import { modules } from "./modules.ts";
import { DENO, here, PYTHON, run } from "./process.ts";
import { format, holds, type Section } from "./table.ts";
import { sync } from "./sync.ts";
import { traffic } from "./traffic.ts";
import { whole } from "./whole.ts";

const MEASUREMENTS: Record<string, [title: string, Measurement]> = {
  local: ["connect and first call, on this machine", connectLocal],
  connect: ["connect and first call, over ssh", connect],
  far: ["connect and first call, over ssh with a round-trip time", connectFar],
  latency: ["one call after the other, established", latency],
  flight: ["calls in flight", inFlight],
  traffic: ["bytes of connect and first call, over ssh", traffic],
  modules: ["first call of a function with 300 modules, over ssh", modules],
  functions: ["functions by value", functions],
  files: ["files of 512 MiB, over ssh", files],
  "files-far": ["large files, over ssh with a round-trip time", filesFar],
  "files-beside": [
    "memory and calls beside large files, over ssh",
    filesBeside,
  ],
  items: ["values through streams and channels", items],
  memory: ["memory of an idle agent", memory],
  sync: ["a directory of small files, over ssh", sync],
  whole: ["whole processes, as cron sees them", whole],
};

/** The longest that a run may take, in milliseconds. */
const LIMIT = { quick: 90_000, full: 900_000 };

async function installedPeers(signal: AbortSignal): Promise<Set<string>> {
  const installed = new Set<string>();
  for (const name of ["execnet", "mitogen"]) {
    const found = await run([PYTHON, "-c", `import ${name}`], signal)
      .then(() => true, () => false);
    if (found) installed.add(name);
  }
  return installed;
}

async function measure(
  name: string,
  [title, measurement]: [string, Measurement],
  bench: Bench,
): Promise<Section> {
  try {
    return { name, title, ...await measurement(bench) };
  } catch (error) {
    const why = bench.signal.aborted ? "time is up" : (error as Error).message;
    return { name, title, rows: [], notes: [`not measured: ${why}`] };
  }
}

/** What the run was on: a machine with other work to do gives wide ranges. */
function machine(): string {
  const [load] = Deno.loadavg();
  return `Deno ${Deno.version.deno}, ${navigator.hardwareConcurrency} cores, load ${
    load!.toFixed(1)
  } at the start`;
}

function summary(sections: Section[], peers: Set<string>): string {
  const held = sections.flatMap(({ rows }) => rows).map(holds)
    .filter((held) => held !== undefined);
  const missing = ["execnet", "mitogen"].filter((name) => !peers.has(name));
  return [
    `${held.filter(Boolean).length} of ${held.length} budgets hold.`,
    ...missing.map((name) => `Without ${name}, which is not installed.`),
  ].join(" ");
}

const args = parseArgs(Deno.args, {
  string: ["only", "rounds", "json"],
  boolean: ["quick"],
  collect: ["only"],
});
const names: string[] = args.only.length > 0
  ? args.only
  : Object.keys(MEASUREMENTS);
for (const name of names) {
  if (MEASUREMENTS[name] === undefined) {
    console.error(
      `Cannot measure "${name}": there are ${
        Object.keys(MEASUREMENTS).join(", ")
      }`,
    );
    Deno.exit(2);
  }
}
const signal = AbortSignal.timeout(args.quick ? LIMIT.quick : LIMIT.full);
await new Deno.Command("sh", { args: [here("../tests/setup.sh"), "--bench"] })
  .spawn().status;
await using sshd = await startSshd({
  extraConfig: ["Subsystem sftp internal-sftp"], // For scp.
  env: { PATH: `${new URL(".", `file://${DENO}`).pathname}:/usr/bin:/bin` },
});
const bench: Bench = {
  rounds: Number(args.rounds ?? (args.quick ? 3 : 9)),
  quick: args.quick,
  sshd,
  config: sshd.configPath,
  peers: await installedPeers(signal),
  signal,
};
const sections: Section[] = [];
console.log(machine() + "\n");
for (const name of names) {
  const section = await measure(name, MEASUREMENTS[name]!, bench);
  sections.push(section);
  console.log(format(section) + "\n");
}
console.log(summary(sections, bench.peers));
if (args.json !== undefined) {
  await Deno.writeTextFile(args.json, JSON.stringify(sections, null, 2) + "\n");
}

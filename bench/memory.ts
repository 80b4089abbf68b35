// What an idle agent takes in memory.

import type { Bench } from "./bench.ts";
import { ask, DENO, sample } from "./process.ts";
import type { Row } from "./table.ts";

/** The proportional set size of supervisor, realm and watchdog, after one call and a rest. */
export async function memory({ quick, signal }: Bench) {
  const dir = await Deno.makeTempDir({ prefix: "tongs-bench-" });
  try {
    // Another file than this process runs, so that the agent shares its code with no one but
    // itself, as it does on another machine.
    const runtime = `${dir}/deno`;
    await Deno.copyFile(DENO, runtime);
    const rows: Row[] = [];
    for (const what of ["together", "supervisor", "realm", "watchdog"]) {
      const samples: number[] = [];
      const rounds = what === "together" ? (quick ? 1 : 5) : 1;
      for (let i = 0; i < rounds; i++) {
        samples.push(await ask(sample("idle.ts", runtime, what), signal));
      }
      rows.push({
        name: what,
        samples,
        unit: "MiB",
        ...(what === "together" ? { budget: { limit: 70, on: "value" } } : {}),
      });
      if (quick) break;
    }
    return { rows, notes: ["proportional set size, after one call and 2 s"] };
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

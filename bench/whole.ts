// Whole processes, as cron sees them: from the start of the command to its end.

import { findProgram } from "../tests/support/sshd.ts";
import { type Bench, HOST } from "./bench.ts";
import { DENO, here, sample, time } from "./process.ts";
import { interleave, type Subjects } from "./rounds.ts";
import { pair, type Row } from "./table.ts";

const FLOOR = "ssh host hostname";

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/** Makes an `ssh` for the command line, which takes the user's settings. Returns its folder. */
async function wrapSsh({ config, sshd }: Bench): Promise<string> {
  const dir = `${sshd.dir}/bin`;
  await Deno.mkdir(dir, { recursive: true });
  const script = `#!/bin/sh\nexec ${findProgram("ssh")} -F '${config}' "$@"\n`;
  await Deno.writeTextFile(`${dir}/ssh`, script, { mode: 0o755 });
  return dir;
}

function withPath([dir, ...args]: string[], ...program: string[]): string[] {
  return ["env", `PATH=${dir}:${Deno.env.get("PATH")}`, ...program, ...args];
}

/** A script, and the command line where there is one. */
export async function whole(bench: Bench) {
  const { config, signal } = bench;
  const notes: string[] = [];
  const subjects: Subjects = {
    [FLOOR]: () => time(["ssh", "-F", config, HOST, "hostname"], signal),
    "deno run script.ts, local": () =>
      time(sample("whole.ts", "local"), signal),
    "deno run script.ts, ssh": () =>
      time(sample("whole.ts", "ssh", config), signal),
  };
  const facts = `${here("../facts.ts")}#hostname`;
  const call = [await wrapSsh(bench), "call", "-H", HOST, facts];
  if (await exists(here("../cli/main.ts"))) {
    subjects["tongs call, from its sources, ssh"] = () =>
      time(withPath(call, DENO, "run", "-A", here("../main.ts")), signal);
  } else notes.push(`without "tongs call": there is no cli/main.ts yet`);
  if (await exists(here("../dist/tongs"))) {
    subjects["tongs call, compiled, ssh"] = () =>
      time(withPath(call, here("../dist/tongs")), signal);
  } else notes.push("without the compiled tongs: there is no dist/tongs");
  const samples = await interleave(subjects, bench);
  const rows = Object.entries(samples).map(([name, values]): Row => ({
    name,
    samples: values,
    unit: "ms",
    ...(name === FLOOR ? {} : {
      ratio: pair(values, samples[FLOOR]!, (own, floor) => own / floor),
      to: FLOOR,
    }),
  }));
  return { rows, notes };
}

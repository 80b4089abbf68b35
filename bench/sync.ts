// A directory of 10,000 small files over ssh, beside rsync: the first time, and when nothing has
// changed. Both are whole processes, from their start to their end.

import { findProgram } from "../tests/support/sshd.ts";
import { type Bench, HOST } from "./bench.ts";
import { DelayLine, delayLineMissing } from "./delay_line.ts";
import { sample, time } from "./process.ts";
import { interleave, type Samples, type Subjects } from "./rounds.ts";
import { pair, type Row } from "./table.ts";

const FILES = { quick: 2000, full: 10_000 };
const PEER = "rsync -a";

/** A tree like those of source code: a hundred directories, files of some hundred bytes. */
async function makeTree(dir: string, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const directory = `${dir}/d${i % 100}`;
    if (i < 100) await Deno.mkdir(directory, { recursive: true });
    await Deno.writeTextFile(`${directory}/f${i}`, "x".repeat(200 + i % 1800));
  }
}

function subjects(
  { signal }: Bench,
  config: string,
  dir: string,
): Subjects {
  const commands: Record<string, (to: string) => string[]> = {
    "tongs sync": (to) => sample("sync.ts", config, `${dir}/tree`, to),
  };
  if (findProgram("rsync") !== undefined) {
    commands[PEER] = (to) => [
      ...["rsync", "-a", "-e", `ssh -F ${config}`],
      ...[`${dir}/tree/`, `${HOST}:${to}/`],
    ];
  }
  const all: Subjects = {};
  for (const [name, command] of Object.entries(commands)) {
    const to = `${dir}/${name.replaceAll(" ", "_")}`;
    all[`${name}, first time`] = async () => {
      await Deno.remove(to, { recursive: true }).catch(() => {});
      return await time(command(to), signal);
    };
    all[`${name}, nothing changed`] = async () => {
      await time(command(to), signal); // Whatever the turn, it is there now.
      return await time(command(to), signal);
    };
  }
  return all;
}

function rows(samples: Samples, label: string): Row[] {
  return Object.entries(samples).map(([name, values]) => {
    const what = name.slice(name.indexOf(","));
    const peer = samples[PEER + what];
    return {
      name: name + label,
      samples: values,
      unit: "ms",
      ...(name.startsWith(PEER) || peer === undefined ? {} : {
        ratio: pair(values, peer, (own, other) => own / other),
        to: PEER,
      }),
    };
  });
}

/** Over ssh on the loopback, and with a round trip of 20 ms. */
export async function sync(bench: Bench) {
  const dir = await Deno.makeTempDir({ prefix: "tongs-bench-" });
  const count = bench.quick ? FILES.quick : FILES.full;
  const notes = [`${count} files in 100 directories; whole processes`];
  const few = { ...bench, rounds: Math.min(bench.rounds, 5) };
  if (findProgram("rsync") === undefined) {
    notes.push("without rsync, which is not installed");
  }
  try {
    await makeTree(`${dir}/tree`, count);
    const near = await interleave(subjects(bench, bench.config, dir), few);
    const all = rows(near, "");
    const missing = delayLineMissing();
    if (missing !== undefined) notes.push(`without a delay: ${missing}`);
    else {
      await using line = await DelayLine.start(bench, 20);
      const far = await interleave(subjects(bench, line.config, dir), few);
      all.push(...rows(far, ", 20 ms"));
    }
    return { rows: all, notes };
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

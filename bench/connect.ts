// Connect and first call, beside what it takes at least and what the peers take. The unit is the
// start of an empty Deno program: tongs cannot do with less than one, on the far side.

import { type Bench, HOST } from "./bench.ts";
import { DelayLine, delayLineMissing } from "./delay_line.ts";
import { ask, DENO, here, peer, sample, time } from "./process.ts";
import { interleave, type Samples, type Subjects } from "./rounds.ts";
import { median, pair, type Row } from "./table.ts";

const UNIT = "deno run empty.ts";
const FLOOR = "ssh host true";
const LIMIT = 4;
const TO = "over ssh true, in starts of Deno";

function subjects({ peers, signal }: Bench, config: string): Subjects {
  const all: Subjects = {
    [UNIT]: () =>
      time([DENO, "run", "--no-config", here("samples/empty.ts")], signal),
    [FLOOR]: () => time(["ssh", "-F", config, HOST, "true"], signal),
  };
  for (const what of ["built-in", "module"]) {
    all[`tongs, ${what}`] = () =>
      ask(sample("first_call.ts", "ssh", config, what), signal);
  }
  if (peers.has("execnet")) {
    all["execnet"] = () => ask(peer("connect.py", "execnet", config), signal);
  }
  if (peers.has("mitogen")) {
    for (const name of ["mitogen", "mitogen-plain"]) {
      all[name] = () => ask(peer("connect.py", name, config), signal);
    }
    all["mitogen-plain, module"] = () =>
      ask(peer("connect.py", "mitogen-plain", config, "module"), signal);
  }
  return all;
}

/** What each subject takes on top of `ssh host true`, in starts of an empty Deno program. */
function overhead(samples: Samples, name: string): number[] {
  const unit = median(samples[UNIT]!);
  return pair(
    samples[name]!,
    samples[FLOOR]!,
    (own, ssh) => (own - ssh) / unit,
  );
}

function rows(samples: Samples, label = ""): Row[] {
  return Object.entries(samples).map(([name, values]) => ({
    name: name + label,
    samples: values,
    unit: "ms",
    ...(name === UNIT || name === FLOOR
      ? {}
      : { ratio: overhead(samples, name), to: TO }),
    ...(name.startsWith("tongs")
      ? { budget: { limit: LIMIT, on: "ratio" } as const }
      : {}),
  }));
}

/** Over ssh on the loopback. */
export async function connect(bench: Bench) {
  const samples = await interleave(subjects(bench, bench.config), bench);
  return { rows: rows(samples), notes: [] };
}

/** Over ssh with a round trip of 20 ms, and over the same link with none. */
export async function connectFar(bench: Bench) {
  const missing = delayLineMissing();
  if (missing !== undefined) {
    return { rows: [], notes: [`skipped: ${missing}`] };
  }
  const measured: Samples[] = [];
  for (const rtt of [0, 20]) {
    await using line = await DelayLine.start(bench, rtt);
    measured.push(
      await interleave(subjects(bench, line.config), {
        ...bench,
        rounds: bench.quick ? 1 : bench.rounds,
      }),
    );
  }
  const [near, far] = measured as [Samples, Samples];
  const floor = trips(near, far, FLOOR);
  return {
    rows: [
      ...rows(near, ", 0 ms"),
      ...rows(far, ", 20 ms"),
      ...beatsPeers(far),
      ...Object.keys(far).filter((name) => name !== UNIT).map((name): Row => ({
        name: `${name}: round trips`,
        samples: [trips(near, far, name)],
        unit: "",
        ratio: [trips(near, far, name) - floor],
        to: "more than ssh true",
        ...(name.startsWith("tongs")
          ? { budget: { limit: 0.5, on: "ratio" } }
          : {}),
      })),
    ],
    notes: ["round trips are the difference of the least times, by 20 ms"],
  };
}

/** The round trips of a subject: what 20 ms each make of it. The least times have least noise. */
function trips(near: Samples, far: Samples, name: string): number {
  return (Math.min(...far[name]!) - Math.min(...near[name]!)) / 20;
}

/** What tongs takes on top of `ssh host true`, beside the least that a peer does. */
function beatsPeers(samples: Samples): Row[] {
  function extra(name: string): number[] {
    return pair(samples[name]!, samples[FLOOR]!, (own, ssh) => own - ssh);
  }
  const best = Object.keys(samples)
    .filter((name) => ![UNIT, FLOOR].includes(name) && !/tongs/.test(name))
    .toSorted((a, b) => median(extra(a)) - median(extra(b)))[0];
  if (best === undefined) return [];
  return [{
    name: "tongs, built-in, 20 ms: over ssh true",
    samples: extra("tongs, built-in"),
    unit: "ms",
    ratio: extra("tongs, built-in").map((own) => own / median(extra(best))),
    to: `${best} over ssh true`,
    budget: { limit: 1, on: "ratio" },
  }];
}

/** In a process on this machine. */
export async function connectLocal(bench: Bench) {
  const { signal } = bench;
  const samples = await interleave({
    [UNIT]: () =>
      time([DENO, "run", "--no-config", here("samples/empty.ts")], signal),
    "tongs, built-in": () =>
      ask(sample("first_call.ts", "local", "", "built-in"), signal),
    "tongs, module": () =>
      ask(sample("first_call.ts", "local", "", "module"), signal),
    "tongs, built-in, one connection later": () =>
      ask(sample("first_call.ts", "local", "", "built-in", "again"), signal),
  }, bench);
  const unit = median(samples[UNIT]!);
  return {
    rows: Object.entries(samples).map(([name, values]): Row => ({
      name,
      samples: values,
      unit: "ms",
      ...(name === UNIT ? {} : {
        ratio: values.map((value) => value / unit),
        to: "starts of Deno",
        budget: { limit: LIMIT, on: "ratio" },
      }),
    })),
    notes: [],
  };
}

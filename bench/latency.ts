// An established connection: one call after the other, and many at once. All subjects stay
// connected and have their rounds in turn.

import type { Bench } from "./bench.ts";
import { peer, sample, Worker } from "./process.ts";
import { interleave, type Samples, type Subjects } from "./rounds.ts";
import { median, pair, type Row } from "./table.ts";

const ROUNDS = 5;
const CALLS = 2000;
const IN_FLIGHT = 10_000;

/** How much below Mitogen a call must be. */
const BELOW_PEER = 2 / 3;

/** The samples of workers, with one round each in turn. */
export async function measure(
  commands: Record<string, string[]>,
  rounds: number,
  { quick, signal }: Pick<Bench, "quick" | "signal">,
  limit?: number,
): Promise<Samples> {
  await using stack = new AsyncDisposableStack();
  const subjects: Subjects = {};
  for (const [name, argv] of Object.entries(commands)) {
    const worker = stack.use(new Worker(argv, signal, limit));
    await worker.answer();
    subjects[name] = () => worker.round();
  }
  return await interleave(subjects, { rounds, quick });
}

function perCall(samples: Samples, calls: number): Samples {
  return Object.fromEntries(
    Object.entries(samples).map(([name, seconds]) => [
      name,
      seconds.map((value) => value / calls * 1e6),
    ]),
  );
}

async function oneWay(
  bench: Bench,
  way: "local" | "ssh",
): Promise<Row[]> {
  const { config, peers, quick } = bench;
  const calls = String(quick ? CALLS / 2 : CALLS);
  const commands: Record<string, string[]> = {
    "cat, 64 B": sample("echo.ts", way, config, calls),
    "tongs": sample("calls.ts", way, config, calls, "one"),
  };
  if (way === "local") {
    for (const end of ["supervisor", "realm"]) {
      commands[`tongs, an empty frame to the ${end}`] = sample(
        "hops.ts",
        calls,
        end,
      );
    }
  }
  const python = [way, config, calls, "one"];
  if (peers.has("mitogen")) {
    commands["mitogen"] = peer("calls.py", "mitogen-plain", ...python);
    if (way === "ssh") {
      commands["mitogen, compressed"] = peer("calls.py", "mitogen", ...python);
    }
  }
  if (peers.has("execnet")) {
    commands["execnet, bare channel"] = peer("calls.py", "execnet", ...python);
  }
  const samples = perCall(
    await measure(commands, quick ? 2 : ROUNDS, bench),
    Number(calls),
  );
  const reference = samples["mitogen"] ?? samples["cat, 64 B"]!;
  return Object.entries(samples).map(([name, values]) => ({
    name: `${way}: ${name}`,
    samples: values,
    unit: "µs",
    ratio: pair(values, reference, (own, other) => own / other),
    to: peers.has("mitogen") ? "mitogen" : "cat",
    ...(name === "tongs" && peers.has("mitogen")
      ? { budget: { limit: BELOW_PEER, on: "ratio" } as const }
      : {}),
  }));
}

/** One call after the other. */
export async function latency(bench: Bench) {
  return {
    rows: [...await oneWay(bench, "local"), ...await oneWay(bench, "ssh")],
    notes: [
      "execnet calls nothing: it is a hand-written echo on one channel",
      "an empty frame to the realm and back is what two processes there cost a call",
    ],
  };
}

/** Many calls at once. */
export async function inFlight(bench: Bench) {
  const { config, peers, quick } = bench;
  const args = ["local", config, String(IN_FLIGHT), "all"];
  const commands: Record<string, string[]> = {
    "tongs": sample("calls.ts", ...args),
  };
  if (peers.has("mitogen")) {
    commands["mitogen"] = peer("calls.py", "mitogen-plain", ...args);
  }
  if (peers.has("execnet")) {
    commands["execnet, bare channel"] = peer("calls.py", "execnet", ...args);
  }
  const samples = await measure(commands, quick ? 2 : ROUNDS + 2, bench);
  const rates = Object.entries(samples).map(([name, seconds]): Row => ({
    name,
    samples: seconds.map((value) => IN_FLIGHT / value),
    unit: "/s",
  }));
  const best =
    rates.slice(1).toSorted((a, b) => median(b.samples) - median(a.samples))[0];
  return {
    rows: rates.map((row): Row => ({
      ...row,
      ...(best === undefined ? {} : {
        ratio: pair(row.samples, best.samples, (own, other) => own / other),
        to: "the best peer",
      }),
      ...(row.name === "tongs"
        ? { budget: { limit: 100_000, atLeast: true, on: "value" } }
        : {}),
    })),
    notes: [`${IN_FLIGHT} calls at once, local`],
  };
}

// Functions that go by value: beside the same by reference, over and over, and ever new ones.

import type { Bench } from "./bench.ts";
import { ask, run, sample } from "./process.ts";
import { pair, type Row } from "./table.ts";
import { throughCounter } from "./traffic.ts";

const REFERENCE = "by reference";

/** How much longer a call by value may take. */
const SLOWER = 1.1;

/** The size of the code that is called over and over, in bytes that do not deflate. */
const CODE = 4096;

/** How much more a process may use after all calls than after a fifth of them, in MiB. */
const GROWTH = 4;

/** How long so many calls may take, in milliseconds. */
const LONG = 240_000;

/** All of it. */
export async function functions(bench: Bench) {
  return {
    rows: [
      ...await latency(bench),
      ...await repeated(bench),
      ...await distinct(bench, "closures", bench.quick ? 5_000 : 100_000),
      ...await distinct(bench, "code", bench.quick ? 500 : 20_000),
    ],
    notes: [
      "memory is what V8 uses in the controller and in the realm after a collection, " +
      "as it is after each fifth of the calls",
    ],
  };
}

/** One call after the other, of every form in turn, on one connection. */
async function latency({ quick, signal }: Bench): Promise<Row[]> {
  const argv = sample("functions.ts", quick ? "3" : "15", "300");
  const samples: Record<string, number[]> = JSON.parse(await run(argv, signal));
  const reference = samples[REFERENCE]!;
  return Object.entries(samples).map(([name, values]): Row => ({
    name: `a call ${name}`,
    samples: values,
    unit: "µs",
    ...(name === REFERENCE ? {} : {
      ratio: pair(values, reference, (own, other) => own / other),
      to: REFERENCE,
      budget: { limit: SLOWER, on: "ratio" },
    }),
  }));
}

/** The same closure, over and over, with an ssh whose bytes are counted. */
async function repeated(bench: Bench): Promise<Row[]> {
  const calls = bench.quick ? 2_000 : 10_000;
  const command = (how: string, calls: number) => (config: string) =>
    sample("repeated.ts", config, String(calls), how, String(CODE));
  const perCall: number[] = [];
  for (const how of ["reference", "value"]) {
    const many = await throughCounter(bench, command(how, calls));
    const one = await throughCounter(bench, command(how, 1));
    perCall.push((many.up - one.up) / (calls - 1));
  }
  const compiled = await ask(
    command("value", calls)(bench.config),
    bench.signal,
  );
  const [byReference, byValue] = perCall as [number, number];
  const name = `the same closure, ${calls.toLocaleString("en-US")} times`;
  return [
    {
      name: "by reference: sent for each call",
      samples: [byReference],
      unit: "B",
    },
    {
      name: `${name}: sent for each call`,
      samples: [byValue],
      unit: "B",
      ratio: [byValue / byReference],
      to: REFERENCE,
      budget: { limit: 1.5, on: "ratio" },
    },
    {
      name: `${name}: compiled`,
      samples: [compiled],
      unit: "",
      budget: { limit: 1, on: "value" },
    },
  ];
}

/** Functions that are all different: closures of one place, or each with code of its own. */
async function distinct(
  { signal }: Bench,
  what: "closures" | "code",
  calls: number,
): Promise<Row[]> {
  const parts = 5;
  const argv = sample(
    "distinct.ts",
    what,
    String(parts),
    String(calls / parts),
  );
  const sizes: Record<string, number>[] = JSON.parse(
    await run(argv, signal, {}, LONG),
  );
  const count = calls.toLocaleString("en-US");
  const name = what === "closures"
    ? `${count} closures of one place`
    : `${count} pieces of code`;
  return ["controller", "realm"].flatMap((process): Row[] => {
    const own = sizes.map((size) => size[process]!);
    return [
      { name: `${name}: ${process}`, samples: own, unit: "MiB" },
      {
        name: `${name}: ${process} grows by`,
        samples: [own.at(-1)! - own[0]!],
        unit: "MiB",
        budget: { limit: GROWTH, on: "value" },
      },
    ];
  });
}

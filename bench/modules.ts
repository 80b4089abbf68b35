// A function whose module leads to 300 others: one round trip, whatever their number.

import type { Bench } from "./bench.ts";
import { DelayLine, delayLineMissing } from "./delay_line.ts";
import { ask, peer, sample } from "./process.ts";
import { interleave, type Samples, type Subjects } from "./rounds.ts";
import { pair, type Row } from "./table.ts";
import { throughCounter } from "./traffic.ts";
import { copyPackage, generate } from "./trees.ts";

/** A function with its modules. */
interface Tree {
  /** What the modules are. */
  name: string;
  /** The path of the one that it is in. */
  path: string;
  /** How many there are. */
  modules: number;
  /** How often the far side asks for any. */
  requests: number;
  /** How many bytes they are on the wire. */
  size: number;
}

const PEER = "mitogen, as many in Python";

/** The first call of such a function on an established connection, without and with 20 ms. */
export async function modules(bench: Bench) {
  const missing = delayLineMissing();
  if (missing !== undefined) {
    return { rows: [], notes: [`skipped: ${missing}`] };
  }
  const dir = await Deno.makeTempDir({ prefix: "tongs-bench-" });
  try {
    const trees = [
      await look(bench, "generated", await generate(dir)),
      await look(
        bench,
        "date-fns, unbundled",
        await copyPackage(dir, bench.signal),
      ),
    ];
    const measured: Samples[] = [];
    for (const rtt of [0, 20]) {
      await using line = await DelayLine.start(bench, rtt);
      measured.push(
        await interleave(subjects(bench, line.config, dir, trees), {
          ...bench,
          rounds: bench.quick ? 1 : bench.rounds,
        }),
      );
    }
    const [near, far] = measured as [Samples, Samples];
    return {
      rows: trees.flatMap((tree) => rows(tree, near, far)),
      notes: [
        ...trees.map(({ name, modules, size }) =>
          `${name}: ${modules} modules, ${
            Math.round(size / 1024)
          } KiB on the wire`
        ),
        "floors are as many bytes to ssh and one back: TCP begins with 14 KiB a round trip and doubles",
      ],
    };
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

function floor({ name }: Tree): string {
  return `${name}: floor`;
}

function own({ name }: Tree): string {
  return `${name}: tongs`;
}

function subjects(
  { peers, signal }: Bench,
  config: string,
  dir: string,
  trees: Tree[],
): Subjects {
  const all: Subjects = {};
  for (const tree of trees) {
    all[floor(tree)] = () =>
      ask(sample("upload.ts", config, String(tree.size)), signal);
    all[own(tree)] = () => ask(sample("tree.ts", config, tree.path), signal);
  }
  if (peers.has("mitogen")) {
    all[PEER] = () => ask(peer("tree.py", config, dir), signal);
  }
  return all;
}

/** What there is to know of a tree without measuring time. */
async function look(bench: Bench, name: string, path: string): Promise<Tree> {
  const { config, signal } = bench;
  const [modules, requests] = await Promise.all(
    ["modules", "requests"].map((what) =>
      ask(sample("tree.ts", config, path, what), signal)
    ),
  );
  const all = await throughCounter(
    bench,
    (config) => sample("tree.ts", config, path),
  );
  const one = await throughCounter(
    bench,
    (config) => sample("first_call.ts", "ssh", config, "module"),
  );
  return {
    name,
    path,
    modules: modules!,
    requests: requests!,
    size: all.up - one.up,
  };
}

function rows(tree: Tree, near: Samples, far: Samples): Row[] {
  function trips(name: string): number {
    return (Math.min(...far[name]!) - Math.min(...near[name]!)) / 20;
  }
  const name = own(tree);
  return [
    {
      name: `${name}: modules`,
      samples: [tree.modules],
      unit: "",
      budget: { limit: 300, atLeast: true, on: "value" },
    },
    {
      name: `${name}: requests for modules, counted`,
      samples: [tree.requests],
      unit: "",
      budget: { limit: 0, on: "value" },
    },
    {
      name: `${name}: round trips`,
      samples: [trips(name)],
      unit: "",
      ratio: [trips(name) - trips(floor(tree))],
      to: "more than the floor",
      budget: { limit: 0.5, on: "ratio" },
    },
    ...[floor(tree), name, PEER].filter((name) => far[name] !== undefined)
      .flatMap((name): Row[] => [
        { name: `${name}, 0 ms`, samples: near[name]!, unit: "ms" },
        {
          name: `${name}, 20 ms`,
          samples: far[name]!,
          unit: "ms",
          ...(name !== own(tree) || far[PEER] === undefined ? {} : {
            ratio: pair(far[name]!, far[PEER], (own, other) => own / other),
            to: "mitogen",
            budget: { limit: 1, on: "ratio" },
          }),
        },
      ]),
  ];
}

// A function whose module imports 150 others: one round trip, whatever their number.

import type { Bench } from "./bench.ts";
import { DelayLine, delayLineMissing } from "./delay_line.ts";
import { ask, peer, sample } from "./process.ts";
import { interleave, type Samples, type Subjects } from "./rounds.ts";
import type { Row } from "./table.ts";
import { throughCounter } from "./traffic.ts";

const FLOOR = "as many bytes to ssh, one back";

const PACKAGES = 10;
const LEAVES = 14;
/** So that 150 modules have 1.8 MB together, as those that the peers were measured with. */
const FUNCTIONS = 90;

function leaf(name: string, typed: boolean): string {
  let text = "";
  for (let i = 0; i < FUNCTIONS; i++) {
    const [a, b] = [(name.length + i) * 7919 % 1013, i * 104729 % 997];
    text += typed
      ? `/** Adds up number ${i} of ${name}. */\nexport function ${name}_${i}(x: number): number {\n  return x * ${a} + ${b};\n}\n`
      : `def ${name}_${i}(x):\n    """Adds up number ${i} of ${name}."""\n    return x * ${a} + ${b}\n`;
  }
  return text;
}

function importer(names: string[], first: string, typed: boolean): string {
  return names.map((name) =>
    typed
      ? `import { ${name}_${first} } from "./${name}.ts";\n`
      : `from forest.${name} import ${name}_${first}\n`
  ).join("");
}

function sum(name: string, called: string[], typed: boolean): string {
  const terms = called.map((name) => `${name}(x)`).join(" + ");
  return typed
    ? `export function ${name}(x: number): number {\n  return ${terms};\n}\n`
    : `def ${name}(x):\n    return ${terms}\n`;
}

/** Writes the modules: in TypeScript, and as a package of Python, which Mitogen pushes best. */
async function generate(dir: string): Promise<void> {
  const packs = Array.from({ length: PACKAGES }, (_, i) => `pack${i}`);
  await Deno.mkdir(`${dir}/forest`);
  await Deno.writeTextFile(`${dir}/forest/__init__.py`, "");
  for (const typed of [true, false]) {
    const write = (name: string, text: string) =>
      Deno.writeTextFile(`${dir}/forest/${name}.${typed ? "ts" : "py"}`, text);
    for (const pack of packs) {
      const leaves = Array.from(
        { length: LEAVES },
        (_, i) => `${pack}leaf${i}`,
      );
      for (const name of leaves) await write(name, leaf(name, typed));
      const called = leaves.map((name) => `${name}_0`);
      await write(
        pack,
        importer(leaves, "0", typed) + sum(`${pack}_all`, called, typed),
      );
    }
    const called = packs.map((pack) => `${pack}_all`);
    await write(
      "tree",
      importer(packs, "all", typed) + sum("total", called, typed),
    );
  }
}

/** The first call of such a function on an established connection, without and with 20 ms. */
export async function modules(bench: Bench) {
  const missing = delayLineMissing();
  if (missing !== undefined) {
    return { rows: [], notes: [`skipped: ${missing}`] };
  }
  const dir = await Deno.makeTempDir({ prefix: "tongs-bench-" });
  try {
    await generate(dir);
    const size = await pushed(bench, dir);
    const measured: Samples[] = [];
    for (const rtt of [0, 20]) {
      await using line = await DelayLine.start(bench, rtt);
      measured.push(
        await interleave(subjects(bench, line.config, dir, size), {
          ...bench,
          rounds: bench.quick ? 1 : bench.rounds,
        }),
      );
    }
    return {
      rows: rows(...measured as [Samples, Samples]),
      notes: [
        `the modules are ${Math.round(size / 1024)} KiB on the wire`,
        "TCP begins with 14 KiB a round trip and doubles, hence the floor",
      ],
    };
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

function subjects(
  { peers, signal }: Bench,
  config: string,
  dir: string,
  size: number,
): Subjects {
  return {
    [FLOOR]: () => ask(sample("upload.ts", config, String(size)), signal),
    "tongs": () => ask(sample("tree.ts", config, tree(dir)), signal),
    ...(peers.has("mitogen")
      ? { "mitogen": () => ask(peer("tree.py", config, dir), signal) }
      : {}),
  };
}

function tree(dir: string): string {
  return `${dir}/forest/tree.ts`;
}

/** How many bytes the modules are on the wire. */
async function pushed(bench: Bench, dir: string): Promise<number> {
  const [all, one] = [
    await throughCounter(
      bench,
      (config) => sample("tree.ts", config, tree(dir)),
    ),
    await throughCounter(
      bench,
      (config) => sample("first_call.ts", "ssh", config, "module"),
    ),
  ];
  return all.up - one.up;
}

function rows(near: Samples, far: Samples): Row[] {
  function trips(name: string): number {
    return (Math.min(...far[name]!) - Math.min(...near[name]!)) / 20;
  }
  return Object.keys(near).flatMap((name): Row[] => [
    { name: `${name}, 0 ms`, samples: near[name]!, unit: "ms" },
    { name: `${name}, 20 ms`, samples: far[name]!, unit: "ms" },
    {
      name: `${name}: round trips`,
      samples: [trips(name)],
      unit: "",
      ratio: [trips(name) - trips(FLOOR)],
      to: "more than the floor",
      ...(name === "tongs"
        ? { budget: { limit: 0.5, on: "ratio" } as const }
        : {}),
    },
  ]);
}

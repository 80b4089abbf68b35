// Files over ssh: beside `ssh cat`, which is all that an ssh can do, scp and rsync; with a round-trip
// time; in memory; and what calls feel of it.

import { findProgram } from "../tests/support/sshd.ts";
import { type Bench, HOST } from "./bench.ts";
import { DelayLine, delayLineMissing } from "./delay_line.ts";
import { run, sample, time, Worker } from "./process.ts";
import { interleave, type Samples, type Subjects } from "./rounds.ts";
import { pair, type Row } from "./table.ts";

const MIB = 2 ** 20;

/** How long a worker may take for a round, in milliseconds. */
const LONG = 120_000;

/** A directory in memory, so that no disk is measured. */
async function memoryDir(): Promise<string> {
  return await Deno.makeTempDir({ prefix: "tongs-bench-", dir: "/dev/shm" });
}

async function makeNoise(path: string, size: number): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true });
  const bytes = new Uint8Array(65536);
  for (let i = 0; i < size; i += bytes.length) {
    await file.write(crypto.getRandomValues(bytes));
  }
}

interface Files {
  source: string;
  target: string;
}

/** Commands that copy in one direction. */
function commands(
  direction: "put" | "fetch",
  config: string,
  { source, target }: Files,
): Record<string, string[] | undefined> {
  const ssh = `ssh -F ${config} ${HOST}`;
  const up = direction === "put";
  const sh = (script: string) => ["sh", "-c", script];
  const [from, to] = up
    ? [source, `${HOST}:${target}`]
    : [`${HOST}:${source}`, target];
  return {
    "ssh cat": up
      ? sh(`${ssh} 'cat >${target}' <${source}`)
      : sh(`${ssh} 'cat ${source}' >${target}`),
    "ssh cat, and openssl's SHA-256 on both sides": findProgram("openssl") &&
      (up
        ? sh(
          `openssl sha256 ${source} & ${ssh} 'tee ${target} | openssl sha256' <${source}; wait`,
        )
        : sh(
          `${ssh} 'openssl sha256 ${source} >&2 & cat ${source}; wait' | tee ${target} | openssl sha256`,
        )),
    "scp": findProgram("scp") && ["scp", "-q", "-F", config, from, to],
    "rsync -W": findProgram("rsync") &&
      ["rsync", "-W", "--inplace", "-e", `ssh -F ${config}`, from, to],
  } as Record<string, string[] | undefined>;
}

/** Seconds of all ways in one direction, in turn. */
async function measure(
  direction: "put" | "fetch",
  config: string,
  files: Files,
  { rounds, quick, signal }: Bench,
  only?: string,
): Promise<{ samples: Samples; missing: string[] }> {
  await using tongs = new Worker(
    sample(
      "transfer.ts",
      "time",
      direction,
      config,
      files.source,
      files.target,
    ),
    signal,
    LONG,
  );
  await tongs.answer();
  const subjects: Subjects = {};
  const missing: string[] = [];
  const found = commands(direction, config, files);
  for (const [name, argv] of Object.entries(found)) {
    if (only !== undefined && name !== only) continue;
    if (argv === undefined) missing.push(name);
    else subjects[name] = async () => await time(argv, signal) / 1000;
  }
  subjects[`tongs ${direction}`] = () => tongs.round();
  return { samples: await interleave(subjects, { rounds, quick }), missing };
}

function rates(
  samples: Samples,
  size: number,
  label: string,
  budgets: Record<string, number>,
): Row[] {
  const speeds = Object.entries(samples).map(([name, seconds]) =>
    [name, seconds.map((value) => size / MIB / value)] as const
  );
  const own = speeds.find(([name]) => name.startsWith("tongs"))!;
  return [
    ...speeds.map(([name, values]): Row => ({
      name: `${label}: ${name}`,
      samples: values,
      unit: "MiB/s",
    })),
    ...speeds.filter((speed) => speed !== own).map(([name, values]): Row => ({
      name: `${label}: ${own[0]}`,
      samples: own[1],
      unit: "MiB/s",
      ratio: pair(own[1], values, (mine, other) => mine / other),
      to: name,
      ...(budgets[name] === undefined ? {} : {
        budget: { limit: budgets[name], atLeast: true, on: "ratio" },
      }),
    })),
  ];
}

/** Large files on the loopback. */
export async function files(bench: Bench) {
  const dir = await memoryDir();
  try {
    const size = (bench.quick ? 128 : 512) * MIB;
    const place = { source: `${dir}/source`, target: `${dir}/target` };
    await makeNoise(place.source, size);
    const rows: Row[] = [];
    const missing = new Set<string>();
    for (const direction of ["put", "fetch"] as const) {
      const measured = await measure(direction, bench.config, place, {
        ...bench,
        rounds: bench.quick ? 1 : Math.min(bench.rounds, 5),
      });
      measured.missing.forEach((name) => missing.add(name));
      rows.push(...rates(measured.samples, size, direction, {
        "ssh cat": 0.75,
        "ssh cat, and openssl's SHA-256 on both sides": 0.9,
        "scp": 1,
        "rsync -W": 1,
      }));
    }
    const flags = await Deno.readTextFile("/proc/cpuinfo").catch(() => "");
    return {
      rows,
      notes: [
        "scp and rsync verify nothing here; tongs computes a SHA-256 on both sides" +
        (/\bsha_ni\b/.test(flags)
          ? ""
          : ", which this processor has no instructions for"),
        ...[...missing].map((name) => `without ${name}: it is not installed`),
      ],
    };
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** Large files with a round trip of 100 ms. */
export async function filesFar(bench: Bench) {
  const missing = delayLineMissing();
  if (missing !== undefined) {
    return { rows: [], notes: [`skipped: ${missing}`] };
  }
  const dir = await memoryDir();
  try {
    const size = (bench.quick ? 64 : 128) * MIB;
    const place = { source: `${dir}/source`, target: `${dir}/target` };
    await makeNoise(place.source, size);
    await using line = await DelayLine.start(bench, 100);
    const rows: Row[] = [];
    for (const direction of ["put", "fetch"] as const) {
      const { samples } = await measure(direction, line.config, place, {
        ...bench,
        rounds: bench.quick ? 1 : 3,
      }, "ssh cat");
      rows.push(...rates(samples, size, direction, { "ssh cat": 0.9 }));
    }
    return { rows, notes: ["a round trip takes 100 ms"] };
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** What a large file takes of memory, and of the time of calls. */
export async function filesBeside({ config, quick, signal }: Bench) {
  const dir = await memoryDir();
  try {
    const target = `${dir}/target`;
    const source = `${dir}/source`;
    await makeNoise(source, (quick ? 256 : 512) * MIB);
    const sparse = `${dir}/sparse`;
    await run(["truncate", "-s", quick ? "1G" : "10G", sparse], signal);
    const rows: Row[] = [];
    const add = async (
      name: string,
      args: string[],
      row: Pick<Row, "unit" | "budget">,
    ) => {
      await using worker = new Worker(
        sample("transfer.ts", ...args),
        signal,
        LONG,
      );
      await worker.answer();
      rows.push({ name, samples: [await worker.round()], ...row });
    };
    for (const op of ["put", "fetch"]) {
      await add(`${op}: the controller grows by`, [
        "memory",
        op,
        config,
        source,
        target,
      ], {
        unit: "MiB",
        budget: { limit: 32, on: "value" },
      });
    }
    await add(
      `put of ${quick ? 1 : 10} GiB: the controller grows by`,
      ["memory", "put", config, sparse, target],
      { unit: "MiB", budget: { limit: 32, on: "value" } },
    );
    for (const op of ["put", "fetch"]) {
      await add(
        `99th of 100 calls during ${op}, to that at rest`,
        ["latency", op, config, source, target],
        { unit: "", budget: { limit: 3, on: "value" } },
      );
    }
    return { rows, notes: [] };
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

// Values through streams and channels: how many a second, and what a slow reader costs.

import type { Bench } from "./bench.ts";
import { ask, peer, sample } from "./process.ts";
import { measure } from "./latency.ts";
import { pair, type Row } from "./table.ts";

const ITEMS = 1_000_000;
const ROUNDS = 1;

/** The longest that one round may take, in milliseconds. */
const LIMIT = 120_000;

async function oneWay(bench: Bench, way: "local" | "ssh"): Promise<Row[]> {
  const { config, peers, quick } = bench;
  const count = String(quick ? ITEMS / 10 : ITEMS);
  const commands: Record<string, string[]> = {};
  for (const how of ["stream", "receive", "send"]) {
    commands[`tongs, ${how}`] = sample("items.ts", way, config, count, how);
  }
  if (peers.has("execnet")) {
    for (const how of ["receive", "send"]) {
      commands[`execnet, ${how}`] = peer("items.py", way, config, count, how);
    }
  }
  // A round is long enough to need none before it.
  const { signal } = bench;
  const samples = await measure(
    commands,
    ROUNDS,
    { quick: true, signal },
    LIMIT,
  );
  return Object.entries(samples).map(([name, seconds]): Row => {
    const rates = seconds.map((value) => Number(count) / value);
    const other = samples[
      name.endsWith("send") ? "execnet, send" : "execnet, receive"
    ];
    return {
      name: `${way}: ${name}`,
      samples: rates,
      unit: "/s",
      ...(other === undefined ? {} : {
        ratio: pair(seconds, other, (own, theirs) => theirs / own),
        to: "execnet",
      }),
      ...(other === undefined || !name.startsWith("tongs") ? {} : {
        budget: { limit: 1, atLeast: true, on: "ratio" } as const,
      }),
    };
  });
}

/** A million numbers, one after the other. */
export async function items(bench: Bench) {
  const rows = [...await oneWay(bench, "local"), ...await oneWay(bench, "ssh")];
  if (!bench.quick) {
    rows.push({
      name: "growth beside a reader of one a second",
      samples: [await ask(sample("slow_reader.ts"), bench.signal)],
      unit: "MiB",
      budget: { limit: 16, on: "value" },
    });
  }
  return {
    rows,
    notes: [
      `${
        ITEMS.toLocaleString("en")
      } numbers; a stream is what a generator yields`,
      "execnet has no flow control: its receiver's queue grows as it may",
    ],
  };
}

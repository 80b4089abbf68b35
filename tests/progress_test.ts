// What a person sees of transfers under way.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Progress } from "../cli/progress.ts";
import {
  type HostProgress,
  progressLines,
  type ProgressState,
  progressText,
} from "../cli/progress_view.ts";
import type { Terminal } from "../cli/terminal.ts";
import { widthOf } from "../cli/text.ts";

const MiB = 2 ** 20;

function host(name: string, percent: number, isOver = false): HostProgress {
  return { host: name, bytes: percent * MiB, total: 100 * MiB, isOver };
}

function state(
  begun: HostProgress[],
  hosts: number = begun.length,
): ProgressState {
  return { title: "put site.tar", hosts, begun, rate: 10 * MiB };
}

Deno.test("one host has one line: a bar, how much, how fast, how long", () => {
  const quarter = state([host("a", 25)]);
  assertEquals(progressLines(quarter, { columns: 72, rows: 24 }), [
    "put site.tar  █████░░░░░░░░░░░░░   25% of 100 MiB  10.0 MiB/s  8 s left",
  ]);
  const unknown = { ...host("a", 25), total: undefined };
  assertEquals(progressLines(state([unknown]), { columns: 80, rows: 24 }), [
    "put site.tar  25.0 MiB  10.0 MiB/s",
  ]);
});

Deno.test("many hosts have a line for all of them, and one for each of the slowest", () => {
  const some = [
    host("web1", 90),
    host("web2", 10),
    host("web3", 100, true),
  ];
  const lines = progressLines(state(some, 4), { columns: 100, rows: 24 });
  assertEquals(lines.length, 3);
  // The fourth will have as much to do as the others.
  assertStringIncludes(lines[0]!, " 50% of 400 MiB");
  assertStringIncludes(lines[0]!, "1/4 hosts");
  assert(lines[1]!.startsWith("  web2        ") && lines[1]!.includes("10%"));
  assert(lines[2]!.startsWith("  web1        ") && lines[2]!.includes("90%"));
  const many = Array.from({ length: 300 }, (_, i) => host(`web${i}`, i / 3));
  const shown = progressLines(state(many), { columns: 100, rows: 24 });
  assertEquals(shown.length, 9);
  assert(shown[1]!.startsWith("  web0 "));
  assertEquals(shown.at(-1), "  and 293 more");
});

Deno.test("where there is little room, how many hosts are through is said before how fast it goes", () => {
  const some = state([host("web1", 90), host("web2", 100, true)]);
  assertEquals(progressLines(some, { columns: 44, rows: 24 }), [
    "put site.tar   95% of 200 MiB  1/2 hosts",
    "  web1         90% of 100 MiB",
  ]);
  assertEquals(progressLines(some, { columns: 39, rows: 24 }), [
    "put site.…   95% of 200 MiB  1/2 hosts",
    "  web1       90% of 100 MiB",
  ]);
});

Deno.test("it is never larger than the terminal, nor can a name control it", () => {
  const begun = Array.from(
    { length: 50 },
    (_, i) => host(`${"很长的名字".repeat(i)}\x1b[2J\n${i}`, i),
  );
  for (const hosts of [1, 50]) {
    for (const rows of [1, 2, 3, 5, 24]) {
      for (const columns of [10, 20, 40, 80, 200]) {
        const lines = progressLines(state(begun.slice(0, hosts)), {
          columns,
          rows,
        });
        assert(lines.length >= 1 && lines.length <= Math.max(1, rows - 1));
        for (const line of lines) {
          assert(widthOf(line) < columns, `${columns}: ${line}`);
          // deno-lint-ignore no-control-regex
          assert(!/[\x00-\x1f]/.test(line));
        }
      }
    }
  }
});

Deno.test("where there is no terminal, it is said in words", () => {
  assertEquals(
    progressText(state([host("a", 100, true), host("b", 50)], 2)),
    "put site.tar: 75% of 200 MiB, 1 of 2 hosts, 10.0 MiB/s",
  );
});

Deno.test("how fast it goes is known from the first line on", () => {
  const drawn: string[][] = [];
  const progress = new Progress({
    title: "put site.tar",
    hosts: 1,
    terminal: {
      isQuiet: false,
      canDraw: true,
      room: { columns: 80, rows: 24 },
      draw: (lines: string[]) => void drawn.push(lines),
    } as Terminal,
  });
  progress.begin("a");
  progress.update(host("a", 50));
  const { now } = performance;
  performance.now = () => now.call(performance) + 1000;
  try {
    progress[Symbol.dispose](); // It shows where it got to.
  } finally {
    performance.now = now;
  }
  assertStringIncludes(drawn[0]![0]!, "MiB/s");
});

// The picture of why a queue finishes first: that a run looks like it, and that it is of a run.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  type Bar,
  barsOf,
  draw,
  measure,
  type Way,
} from "../tools/queue_picture.ts";

/** How a run in one way went: hosts by their names, each with its steps in order. */
function stepsOf(bars: readonly Bar[], way: Way): Map<string, Bar[]> {
  const own = bars.filter((bar) => bar.way === way);
  const hosts = Map.groupBy(own, ({ host }) => host);
  for (const steps of hosts.values()) steps.sort((a, b) => a.step - b.step);
  return hosts;
}

/** Holds what the picture is to show. Times are of one clock, and rounded. */
function assertShape(bars: readonly Bar[]): void {
  for (const way of ["group", "queue"] as const) {
    const hosts = stepsOf(bars, way);
    assertEquals(hosts.size, 4);
    for (const steps of hosts.values()) {
      assertEquals(steps.map(({ step }) => step), [0, 1, 2]);
      for (const [i, { start, end }] of steps.entries()) {
        assert(start < end && start >= (steps[i - 1]?.end ?? 0) - 1);
      }
    }
  }
  // Whether a host goes on while another still has the step before.
  const overtakes = (way: Way) => {
    const all = [...stepsOf(bars, way).values()].flat();
    return all.some((a) =>
      all.some((b) => b.step < a.step && b.end > a.start + 1)
    );
  };
  assertEquals([overtakes("group"), overtakes("queue")], [false, true]);
}

Deno.test("with a queue hosts overtake each other, and group by group they do not", async () => {
  assertShape(await measure(400));
});

Deno.test("the picture in the guide is drawn from a run, in which the queue was through first", async () => {
  const path = new URL("../docs/guide/work_queue.svg", import.meta.url);
  const svg = await Deno.readTextFile(path);
  const bars = barsOf(svg);
  assert(draw(bars) === svg, "It is not what its own times give");
  assertShape(bars);
  const [group, queue] = (["group", "queue"] as const).map((way) =>
    Math.max(...bars.filter((bar) => bar.way === way).map(({ end }) => end))
  );
  assert(queue! < 0.8 * group!);
  // Who cannot see it is told the same.
  const guide = await Deno.readTextFile(new URL("work_queue.md", path));
  const seconds = (ms: number) => `${Number((ms / 1000).toFixed(1))} seconds`;
  assertStringIncludes(
    guide,
    `![Three steps on four hosts: group by group they take ${
      seconds(group!)
    }, with a queue ${seconds(queue!)}](work_queue.svg)`,
  );
});

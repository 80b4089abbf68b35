// Draws docs/guide/work_queue.svg: the same uneven work on the same hosts, once group by group and
// once with a queue, from a run on this machine. The picture holds the times that it was drawn from.

import { Group, Local, Queue } from "../mod.ts";

/** How long each step takes on each host, in parts of the longest. */
const STEPS: Record<string, readonly number[]> = {
  web1: [1, 0.3, 0.4],
  web2: [0.3, 1, 0.3],
  web3: [0.4, 0.3, 1],
  web4: [0.3, 0.6, 0.3],
};

/** The ways to do it, in the order in which they are drawn. */
export const WAYS = ["group", "queue"] as const;

/** A way to do it. */
export type Way = typeof WAYS[number];

/** One step on one host: when it began and ended, in milliseconds from the beginning. */
export interface Bar {
  way: Way;
  host: string;
  step: number;
  start: number;
  end: number;
}

/** A step: it takes its time, and says when that was. The clock is the same, as is the machine. */
async function work(ms: number): Promise<[start: number, end: number]> {
  const start = Date.now();
  await new Promise((resolve) => setTimeout(resolve, ms));
  return [start, Date.now()];
}

/**
 * Does the work in both ways.
 *
 * @param longest How long the longest step takes, in milliseconds.
 */
export async function measure(longest: number): Promise<Bar[]> {
  const hosts = Object.keys(STEPS);
  await using group = new Group(hosts.map((host) => new Local(host)));
  (await group.call(work, 0)).raiseFailures(); // Connecting is not what this is about.
  const count = STEPS[hosts[0]!]!.length;
  const bars: Bar[] = [];

  let begin = Date.now();
  const add = (way: Way, host: string, step: number, times: number[]) => {
    const [start, end] = times.map((time) => time - begin);
    bars.push({ way, host, step, start: start!, end: end! });
  };
  for (let step = 0; step < count; step++) {
    const times = hosts.map((host) => STEPS[host]![step]! * longest);
    const result = (await group.call.each(times, work)).raiseFailures();
    for (const [host, times] of result.successful()) {
      add("group", host, step, times);
    }
  }

  begin = Date.now();
  const queue = new Queue();
  for (let step = 0; step < count; step++) {
    for (const tunnel of group) {
      queue.call(tunnel, work, STEPS[tunnel.host]![step]! * longest)
        .withCallback((times) => add("queue", tunnel.host, step, times));
    }
  }
  (await queue.run()).raiseFailures();
  return bars;
}

/** The bars that a picture was drawn from. */
export function barsOf(svg: string): Bar[] {
  const [, json] = /<metadata>(.*?)<\/metadata>/s.exec(svg)!;
  return JSON.parse(json!);
}

const [WIDTH, LEFT, RIGHT] = [760, 70, 30];
const [ROW, HEADING, GAP, TOP] = [28, 34, 22, 8];
const COLORS = ["#4477aa", "#ee8866", "#44aa77"];
const TITLES: Record<Way, string> = {
  group:
    "group by group: each step waits for the slowest host of the one before",
  queue: "with a queue: each host goes on as soon as it is ready",
};

/** Draws the picture. */
export function draw(bars: readonly Bar[]): string {
  const end = Math.max(...bars.map((bar) => bar.end));
  const x = (ms: number) => round(LEFT + ms / end * (WIDTH - LEFT - RIGHT));
  const hosts = [...new Set(bars.map(({ host }) => host))].sort();
  const panel = HEADING + hosts.length * ROW + GAP;
  const parts = WAYS.flatMap((way, i) => {
    const top = TOP + i * panel;
    const own = bars.filter((bar) => bar.way === way);
    const over = Math.max(...own.map((bar) => bar.end));
    const y = (host: string) => top + HEADING + hosts.indexOf(host) * ROW;
    const bottom = top + HEADING + hosts.length * ROW;
    return [
      text(LEFT, top + 22, TITLES[way], `font-weight="bold"`),
      ...hosts.map((host) =>
        text(LEFT - 10, y(host) + 17, host, `text-anchor="end"`)
      ),
      ...own.map(({ host, step, start, end }) => {
        const width = round(x(end) - x(start));
        const middle = round((x(start) + x(end)) / 2);
        return `<rect x="${x(start)}" y="${
          y(host) + 2
        }" width="${width}" height="${ROW - 6}" rx="3" fill="${
          COLORS[step]
        }"/>` +
          text(
            middle,
            y(host) + 17,
            `${step + 1}`,
            `text-anchor="middle" fill="#fff"`,
          );
      }),
      `<path d="M${x(over)} ${
        top + HEADING - 4
      }V${bottom}" stroke="#222" stroke-dasharray="4 3"/>`,
      text(x(over) - 6, bottom + 14, `${over} ms`, `text-anchor="end"`),
    ];
  });
  const height = TOP + WAYS.length * panel;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="13" fill="#222">
<title>Three steps on four hosts, group by group and with a queue</title>
<metadata>${JSON.stringify(bars)}</metadata>
<rect width="100%" height="100%" rx="6" fill="#fff"/>
${parts.join("\n")}
</svg>
`;
}

function text(
  x: number,
  y: number,
  content: string,
  attributes: string,
): string {
  return `<text x="${x}" y="${y}" ${attributes}>${content}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

if (import.meta.main) {
  const path = new URL("../docs/guide/work_queue.svg", import.meta.url);
  await Deno.writeTextFile(path, draw(await measure(1000)));
}

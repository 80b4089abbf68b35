// What a person writes who has one file and no thought of modules: helpers, a class, an enum, and
// calls, without any guard.

import { Local } from "tongs";
import { hostname } from "node:os";

console.log("top level");

enum Level {
  Low = 1,
  High,
}

interface Report {
  host: string;
  level: Level;
  text: string;
}

class Meter {
  static made = 0;

  constructor(private readonly limit: number) {
    Meter.made++;
  }

  level(value: number): Level {
    return value > this.limit ? Level.High : Level.Low;
  }
}

const limit = Number(Deno.args[0]);
let round = 0;

function describe(level: Level): string {
  return `${Level[level]} in round ${round}`;
}

export async function report(value: number): Promise<Report> {
  const level = new Meter(limit).level(value);
  await Promise.resolve();
  return { host: hostname(), level, text: describe(level) };
}

const fail = (value: number) => {
  if (value > limit) throw new RangeError(`${value} is too much`);
};

const hosts = ["a", "b", "c"].map((name) => new Local(name));
for (const [i, host] of hosts.entries()) {
  round++;
  const { text } = await host.call(report, i);
  const made = await host.call(() => [Meter.made, new Meter(1).level(i), i]);
  console.log(host.host, text, made.join());
}
try {
  await hosts[0]!.call(() => fail(9));
} catch (error) {
  console.log((error as Error).stack!.split("\n").slice(0, 3).join("\n"));
}
console.log(import.meta.main, round, Meter.made);
await Promise.all(hosts.map((host) => host.close()));

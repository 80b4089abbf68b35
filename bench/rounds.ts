// Rounds in which every subject has its turn, so that a machine that drifts drifts for all.

/** What is measured: each returns one sample. */
export type Subjects = Record<string, () => Promise<number>>;

/** The samples of each subject, in the order of the rounds. */
export type Samples = Record<string, number[]>;

/** How long to look whether the machine is at rest, in milliseconds. */
const REST = 50;

/** The part of its time that a machine at rest is busy. */
const BUSY = 0.2;

/** How long to wait for others on this machine before one sample, in milliseconds. */
const PATIENCE = { quick: 0, full: 250 };

/** The time that the processors have been idle and busy, in ticks. */
function ticks(): { idle: number; all: number } {
  const [line = ""] = Deno.readTextFileSync("/proc/stat").split("\n");
  const times = line.trim().split(/ +/).slice(1).map(Number);
  const [, , , idle = 0, waiting = 0] = times;
  return {
    idle: idle + waiting,
    all: times.reduce((sum, time) => sum + time, 0),
  };
}

/** Lets the machine come to rest: from the last sample, and from what others do there. */
async function rest(patience: number): Promise<void> {
  for (let waited = 0;; waited += REST) {
    const before = ticks();
    await new Promise((resolve) => setTimeout(resolve, REST));
    const after = ticks();
    const busy = 1 - (after.idle - before.idle) / (after.all - before.all);
    if (!(busy > BUSY) || waited >= patience) return;
  }
}

/** How to measure. */
export interface RoundsOptions {
  /** How often. */
  rounds: number;
  /** Whether to leave out the round that comes first and does not count. */
  quick: boolean;
}

/**
 * Measures subjects in turn.
 *
 * @param subjects What to measure. Each round begins with another one.
 * @param options How often.
 */
export async function interleave(
  subjects: Subjects,
  { rounds, quick }: RoundsOptions,
): Promise<Samples> {
  const entries = Object.entries(subjects);
  const samples: Samples = {};
  for (const [name] of entries) samples[name] = [];
  for (let round = quick ? 0 : -1; round < rounds; round++) {
    for (let i = 0; i < entries.length; i++) {
      const [name, measure] = entries[(i + round + 1) % entries.length]!;
      await rest(quick ? PATIENCE.quick : PATIENCE.full);
      const value = await measure();
      if (round >= 0) samples[name]!.push(value);
    }
  }
  return samples;
}

// What tests ask /proc and the file system: which processes are there, and what has changed.

interface Status {
  parent: number;
  state: string;
}

/** Options of {@linkcode eventually}. */
export interface EventuallyOptions {
  /**
   * How long to go on asking, in milliseconds. It is there to end a test that fails, and says nothing
   * about how long something may take: see {@linkcode soon} for that.
   *
   * @default {60000}
   */
  timeout?: number;
  /** What to say when the time is over. */
  message?: string;
}

function pids(): number[] {
  return [...Deno.readDirSync("/proc")].map((entry) => Number(entry.name))
    .filter(Number.isInteger);
}

function read(pid: number, name: string): string {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/${name}`);
  } catch {
    // The process has ended, or is not ours to look into.
    return "";
  }
}

function status(pid: number): Status | undefined {
  const stat = read(pid, "stat");
  // The name of the program stands between parentheses, and can contain both them and spaces.
  const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (!state || "ZXx".includes(state)) return undefined;
  return { parent: Number(parent), state };
}

/** Whether a process runs. One that has ended and only waits for its parent counts as dead. */
export function isAlive(pid: number): boolean {
  return status(pid) !== undefined;
}

/** The living children of a process, their children and so on, parents first. */
export function descendants(pid: number): number[] {
  const children = Map.groupBy(pids(), (pid) => status(pid)?.parent);
  const found = [pid];
  for (const parent of found) found.push(...children.get(parent) ?? []);
  return found.slice(1);
}

/** The living processes that were started with a variable set to exactly a value. */
export function processesWithEnv(key: string, value: string): number[] {
  return pids().filter((pid) =>
    read(pid, "environ").split("\0").includes(`${key}=${value}`) && isAlive(pid)
  );
}

/**
 * The living processes whose command line, joined with spaces, contains a text. The process that
 * asks is left out, as it would often find itself.
 */
export function processesMatching(
  text: string,
): { pid: number; cmdline: string }[] {
  return pids().filter((pid) => pid !== Deno.pid)
    .map((pid) => ({
      pid,
      cmdline: read(pid, "cmdline").replaceAll("\0", " ").trimEnd(),
    }))
    .filter(({ pid, cmdline }) => cmdline.includes(text) && isAlive(pid));
}

/** When a program that a test runs is taken for one that hangs, in milliseconds. */
export const HANGS = 600_000;

/** Waits until a check says yes, asking it every 10 ms. */
export async function eventually(
  check: () => boolean | Promise<boolean>,
  options: EventuallyOptions = {},
): Promise<void> {
  const { timeout = 60_000, message = "The condition does not hold" } = options;
  const end = performance.now() + timeout;
  while (!await check()) {
    if (performance.now() >= end) {
      throw new Error(`${message} (waited ${timeout} ms)`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** How often an answer is the same before it is taken for the last one. */
const SAME_ANSWERS = 50;

/**
 * Asks until the answer stays the same, and returns it. How long that takes does not matter, only
 * how often the question was asked: where it goes through the event loop of who does the work, that
 * one has had its turn before each answer.
 *
 * @param ask What to ask. It must throw when the answer is out of all bounds, as it may never stay
 * the same.
 */
export async function settled(ask: () => Promise<number>): Promise<number> {
  let last = await ask();
  for (let same = 1; same < SAME_ANSWERS; same++) {
    const answer = await ask();
    if (answer !== last) same = 0;
    last = answer;
  }
  return last;
}

/** How many processes an idle machine starts and ends in a second, one after the other. */
const STARTS_IN_A_SECOND = 1000;

/**
 * Waits until a check says yes, and fails if that takes more than a second: within that, all is gone
 * that was started on a far side. It is a second of an idle machine. One that is slow or busy with
 * something else has the time that it takes for the same work, which is to start processes and to
 * see them end.
 *
 * @param check What to ask.
 * @param message What to say when the time is over.
 */
export async function soon(
  check: () => boolean,
  message = "It is still there",
): Promise<void> {
  const start = performance.now();
  for (let started = 0; !check(); started++) {
    const waited = performance.now() - start;
    if (waited >= 1000 && started >= STARTS_IN_A_SECOND) {
      throw new Error(`${message} (waited ${Math.round(waited)} ms)`);
    }
    await new Deno.Command("true", { stdin: "null" }).output();
  }
}

async function record(path: string, found: Map<string, string>): Promise<void> {
  try {
    const info = await Deno.lstat(path);
    if (info.isDirectory) {
      // Its time and size also change when a file comes and goes, which leaves nothing behind.
      found.set(path, "directory");
      for await (const entry of Deno.readDir(path)) {
        await record(`${path === "/" ? "" : path}/${entry.name}`, found);
      }
      return;
    }
    const type = info.isFile ? "file" : info.isSymlink ? "symlink" : "other";
    found.set(path, `${type} ${info.size} ${info.mtime?.getTime()}`);
  } catch {
    // It has gone, or is not ours to read.
  }
}

/**
 * What is at some paths and below them: the path of each entry with its type, size and time. Links
 * are not followed.
 */
export async function snapshot(paths: string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const path of paths) await record(path, found);
  return found;
}

/** What differs between two snapshots, sorted: `added /a`, `changed /b`, `removed /c`. */
export function difference(
  before: Map<string, string>,
  after: Map<string, string>,
): string[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])];
  return paths.filter((path) => before.get(path) !== after.get(path))
    .map((path) => {
      if (!before.has(path)) return `added ${path}`;
      return `${after.has(path) ? "changed" : "removed"} ${path}`;
    }).sort();
}

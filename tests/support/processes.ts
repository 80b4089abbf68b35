// What tests ask /proc and the file system: which processes are there, and what has changed.

interface Status {
  parent: number;
  state: string;
}

/** Options of {@linkcode eventually}. */
export interface EventuallyOptions {
  /**
   * How long to go on asking, in milliseconds.
   *
   * @default {5000}
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

/** Waits until a check says yes, asking it every 10 ms. */
export async function eventually(
  check: () => boolean | Promise<boolean>,
  options: EventuallyOptions = {},
): Promise<void> {
  const { timeout = 5000, message = "The condition does not hold" } = options;
  const end = performance.now() + timeout;
  while (!await check()) {
    if (performance.now() >= end) {
      throw new Error(`${message} (waited ${timeout} ms)`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
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

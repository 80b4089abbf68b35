// Functions that tests call on the far side.
import { remote } from "tongs";

export default function twice(value: number): number {
  return 2 * value;
}

let count = 0;

/** Counts its calls, for as long as its module lives. */
export function increment(): number {
  return ++count;
}

export function echo<T>(value: T): T {
  return value;
}

export async function later<T>(value: T): Promise<T> {
  await new Promise((resolve) => setTimeout(resolve, 1));
  return value;
}

/** Makes a value that cannot be on a command line, or sent before. */
export function make(what: string): unknown {
  switch (what) {
    case "function":
      return { list: [1, { done: () => {} }] };
    case "symbol":
      return new Map([["key", Symbol("s")]]);
    case "weak":
      return new WeakMap();
    case "huge":
      return new Uint8Array(129 * 1024 * 1024);
    case "cycle": {
      const cycle: unknown[] = [];
      cycle.push(cycle);
      return cycle;
    }
  }
}

export function bytes(size: number): Uint8Array {
  return new Uint8Array(size);
}

export function sizeOf(bytes: Uint8Array): number {
  return bytes.length;
}

/** Makes noise of all kinds, and returns what it was given. */
export async function noisy(bytes: Uint8Array): Promise<Uint8Array> {
  const { success } = await new Deno.Command("sh", {
    args: ["-c", "echo out; echo err >&2; cat"],
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).output();
  Deno.stdout.writeSync(new TextEncoder().encode("own\n"));
  return success ? bytes : new Uint8Array();
}

/** Writes to the descriptors of the protocol from a child, and reads from them. */
export async function meddle(): Promise<string> {
  const { stdout } = await new Deno.Command("sh", {
    args: [
      "-c",
      "for n in 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do" +
      " if [ -p /proc/self/fd/$n ]; then echo $n; fi; done;" +
      "(echo garbage >&3) 2>/dev/null; (timeout 0.1 cat <&4) 2>/dev/null; :",
    ],
  }).output();
  return new TextDecoder().decode(stdout);
}

export function log(): void {
  console.debug("debug", 1);
  console.log("log %s %d%%", "a", 2, { b: 3 });
  console.info("info", [4]);
  console.warn("warn", new Map([[5, 6]]));
  console.error("error", new Error("inner"));
  remote.log.info("remote", { seven: 7 });
}

export function logThenExit(): void {
  console.log("last words");
  Deno.exit(3);
}

export function failLater(): void {
  setTimeout(() => {
    throw new Error("in a timer");
  });
  Promise.reject(new Error("in a promise"));
  Promise.reject("no error");
}

export function where(): {
  host: string;
  path: readonly string[];
  signal: boolean;
} {
  const { host, path, signal } = remote;
  return { host, path, signal: signal.aborted };
}

let seen: unknown[] = [];

/** Waits for its own cancellation, and notes why. */
export async function untilCancelled(name: string): Promise<void> {
  const { signal } = remote;
  console.log(`${name} began`);
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
  seen.push([name, remote.signal.aborted, signal.reason?.name]);
}

/** What was noted since the last time. */
export function cancellations(): unknown[] {
  const now = seen;
  seen = [];
  return now;
}

export function never(): Promise<void> {
  return new Promise(() => {});
}

/** Says so, and is stuck. */
export function spin(): void {
  Deno.stdout.writeSync(new TextEncoder().encode("spins\n"));
  while (true);
}

/** Starts a child that lasts, tells the pids, and is stuck. */
export function spinWithChild(): void {
  const { pid } = new Deno.Command("sleep", { args: ["1000"] }).spawn();
  Deno.stdout.writeSync(
    new TextEncoder().encode(`pids ${Deno.pid} ${pid}\n`),
  );
  while (true);
}

/** A child that holds everything open that it has. */
export function leaveChild(): number {
  return new Deno.Command("sleep", {
    args: ["1000"],
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn().pid;
}

export function pid(): number {
  return Deno.pid;
}

export function parent(): number {
  return Deno.ppid;
}

export function exit(code: number): void {
  Deno.exit(code);
}

export function killSelf(): Promise<void> {
  Deno.kill(Deno.pid, "SIGKILL");
  return new Promise(() => {});
}

export function exhaustMemory(): void {
  const all: unknown[] = [];
  while (true) all.push(new Array(100_000).fill(all.length));
}

export function variable(name: string): string | undefined {
  return Deno.env.get(name);
}

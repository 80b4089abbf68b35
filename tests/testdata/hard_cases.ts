// Functions for calls that are cancelled at bad moments, and output of bad shapes.

let count = 0;

/** Counts its calls, in the state of its realm. */
export function counted(): number {
  return ++count;
}

/** Prints what looks like a place that cannot be. */
export function impossiblePlace(): string {
  console.log(`${import.meta.url}:0:0 and ${import.meta.url}:99999999:1`);
  const error = new Error("x");
  error.stack = `Error: x\n    at f (${import.meta.url}:0:0)`;
  throw error;
}

/** Prints one line of many characters through a child. */
export async function longLine(size: number): Promise<void> {
  const script = `head -c ${size} /dev/zero | tr "\\0" "\\377"; echo`;
  await new Deno.Command("sh", { args: ["-c", script], stdout: "inherit" })
    .output();
}

/** Never ends. */
export function never(): Promise<void> {
  return new Promise(() => {});
}

/** Takes anything. */
export function take(_value: unknown): number {
  return counted();
}

/** Returns many bytes. */
export function bytes(size: number): Uint8Array {
  return new Uint8Array(size);
}

// The other end of the benchmark's `Worker`.

/** Says that it is ready, and then does and times `round` for each line on standard input. */
export async function serveRounds(round: () => Promise<void>): Promise<void> {
  console.log(0);
  const buffer = new Uint8Array(16);
  while (await Deno.stdin.read(buffer) !== null) {
    const start = performance.now();
    await round();
    console.log((performance.now() - start) / 1000);
  }
}

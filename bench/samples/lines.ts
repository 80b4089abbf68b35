// The other end of the benchmark's `Worker`.

/**
 * Says that it is ready, and then does `round` for each line on standard input, and says how many
 * seconds it took, or what it returned.
 */
export async function serveRounds(
  round: () => Promise<number | void>,
): Promise<void> {
  console.log(0);
  const buffer = new Uint8Array(16);
  while (await Deno.stdin.read(buffer) !== null) {
    const start = performance.now();
    const measured = await round();
    console.log(measured ?? (performance.now() - start) / 1000);
  }
}

// What a command prints, unless it is missing or hangs.

/** Returns what a command prints: nothing if it is not there or too slow. */
export async function runCommand(
  command: string,
  args: string[],
  timeout: number,
): Promise<string> {
  const signal = AbortSignal.timeout(timeout);
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(command, {
      args,
      env: { LC_ALL: "C" },
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
  function abandon(): void {
    // A child that is stuck in the kernel survives even SIGKILL, so it must
    // neither be awaited nor keep this process alive.
    resolve("");
    try {
      child.unref();
      child.kill("SIGKILL");
    } catch {
      // It has ended, but something it started still holds its output.
    }
  }
  signal.addEventListener("abort", abandon);
  try {
    child.output().then(
      ({ stdout }) => resolve(new TextDecoder().decode(stdout)),
      reject,
    );
    return await promise;
  } finally {
    // A listener would keep the timer, and with it the process, alive.
    signal.removeEventListener("abort", abandon);
  }
}

// A child process that stands for this one: it gets the signals that this one gets, and this one
// ends as it ends.

const FORWARDED: Deno.Signal[] = [
  "SIGINT",
  "SIGTERM",
  "SIGHUP",
  "SIGQUIT",
  "SIGUSR1",
  "SIGUSR2",
  "SIGCONT",
  "SIGWINCH",
];

/** What a terminal sends by itself to all processes in its foreground. */
const OF_TERMINAL: Deno.Signal[] = ["SIGINT", "SIGQUIT", "SIGWINCH"];

/**
 * Runs a command to its end, with the standard streams of this process, and hands it the signals
 * that come meanwhile. If a signal ends it, the same one ends this process.
 *
 * @returns Its exit status.
 */
export async function runAsSelf(
  argv: [string, ...string[]],
): Promise<number> {
  const inTerminal = Deno.stdin.isTerminal();
  const child = new Deno.Command(argv[0], {
    args: argv.slice(1),
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  const listeners = FORWARDED.map((signal) => {
    const listener = () => {
      // Twice would be more than the user meant.
      if (inTerminal && OF_TERMINAL.includes(signal)) return;
      try {
        child.kill(signal);
      } catch {
        // It has ended.
      }
    };
    Deno.addSignalListener(signal, listener);
    return { signal, listener };
  });
  const { code, signal } = await child.status;
  for (const { signal, listener } of listeners) {
    Deno.removeSignalListener(signal, listener);
  }
  if (signal !== null) Deno.kill(Deno.pid, signal);
  return code;
}

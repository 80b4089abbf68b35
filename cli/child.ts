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
  const started = Promise.withResolvers<Deno.ChildProcess>();
  // Before the child is there, so that no signal ends this process and leaves it behind.
  const listeners = FORWARDED.map((signal) => {
    const listener = () => {
      // The child has it too, and twice would be more than the user meant.
      if (OF_TERMINAL.includes(signal) && isInForeground()) return;
      started.promise.then((child) => send(child, signal));
    };
    Deno.addSignalListener(signal, listener);
    return { signal, listener };
  });
  const child = new Deno.Command(argv[0], {
    args: argv.slice(1),
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  started.resolve(child);
  const { code, signal } = await child.status;
  for (const { signal, listener } of listeners) {
    Deno.removeSignalListener(signal, listener);
  }
  if (signal !== null) Deno.kill(Deno.pid, signal);
  return code;
}

function send(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch {
    // It has ended.
  }
}

/** Whether what is pressed in a terminal reaches this process, and with it the child. */
function isInForeground(): boolean {
  try {
    // After the name in parentheses: state, parent, group, session, terminal, its group.
    const fields = Deno.readTextFileSync("/proc/self/stat")
      .replace(/^.*\) /s, "").split(" ");
    return fields[2] === fields[5];
  } catch {
    return Deno.stdin.isTerminal(); // As good as it gets without /proc.
  }
}

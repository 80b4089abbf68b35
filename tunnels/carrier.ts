// A carrier runs an argv somewhere, with clean standard input, output and error. It is all that a
// new kind of tunnel has to bring.

/** The exit status when the working directory cannot be entered. */
export const NO_DIRECTORY = 125;

/** How the standard streams of a carried process are meant. */
export interface CarrierOptions {
  /** Environment variables on top of what is there. */
  env?: Record<string, string>;
  /** The working directory. */
  cwd?: string;
}

/** A process that a carrier started; `Deno.ChildProcess` is one. */
export interface CarriedProcess {
  /** Its standard input. */
  readonly stdin: WritableStream<Uint8Array>;
  /** Its standard output. */
  readonly stdout: ReadableStream<Uint8Array>;
  /** Its standard error. */
  readonly stderr: ReadableStream<Uint8Array>;
  /** How it ended. */
  readonly status: Promise<Deno.CommandStatus>;
  /** Ends it. */
  kill(signal?: Deno.Signal): void;
  /** Keeps this process running while that one does. */
  ref(): void;
  /** Lets this process end before that one does. */
  unref(): void;
}

/** Runs an argv somewhere. */
export interface Carrier {
  /** The command that {@linkcode Carrier.run} runs on this machine, for error messages. */
  command(argv: readonly string[], options?: CarrierOptions): string[];
  /** Runs it. */
  run(argv: readonly string[], options?: CarrierOptions): CarriedProcess;
}

/**
 * Makes a carrier of a function that says which command to run on this machine.
 *
 * @param command Builds the command, the program's name first.
 * @param local Whether the command runs here, so that it takes environment and directory as they are.
 */
export function commandCarrier(
  command: (argv: readonly string[]) => string[],
  local = false,
): Carrier {
  function build(argv: readonly string[], options: CarrierOptions): string[] {
    return command(local ? argv : withEnvironment(argv, options));
  }
  return {
    command: (argv, options = {}) => build(argv, options),
    run(argv, options = {}) {
      const [program, ...args] = build(argv, options);
      const child = new Deno.Command(program!, {
        args,
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
        ...(local ? options : {}),
      }).spawn();
      const { stdin, stdout, stderr, status } = child;
      return {
        stdin,
        stdout,
        stderr,
        status,
        kill: (signal) => child.kill(signal),
        ref: () => unlessEnded(() => child.ref()),
        unref: () => unlessEnded(() => child.unref()),
      };
    },
  };
}

/** Ends a process, if it has not ended. */
export function endProcess(process: CarriedProcess): void {
  try {
    process.kill("SIGKILL");
  } catch {
    // It has ended.
  }
}

/**
 * Deno frees a child that has ended before it tells so, and until then `ref` and `unref` throw
 * for it.
 */
function unlessEnded(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}

/** The same argv, with its environment and directory set by the far side's own shell. */
function withEnvironment(
  argv: readonly string[],
  { env, cwd }: CarrierOptions,
): readonly string[] {
  const variables = Object.entries(env ?? {}).map(([name, value]) =>
    `${name}=${value}`
  );
  if (variables.length > 0) argv = ["env", ...variables, ...argv];
  if (cwd !== undefined) {
    const script = `cd -- "$1"||exit ${NO_DIRECTORY};shift;exec "$@"`;
    argv = ["sh", "-c", script, "sh", cwd, ...argv];
  }
  return argv;
}

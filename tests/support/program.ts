// The program as its users run it: `main.ts` in Deno, and the compiled binary where there is one.
import { eventually } from "./processes.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const BINARY = `${ROOT}dist/tongs`;

/** How the program ended, and what it wrote. */
export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** Options of {@linkcode Program.run}. */
export interface RunOptions {
  /** The working directory. */
  cwd?: string;
  /** What it reads. */
  stdin?: string;
}

/** The program while it runs. */
export interface Running extends AsyncDisposable {
  /** Its process. */
  readonly pid: number;
  /** Waits until it has written a text to its standard output or error. */
  wrote(text: string): Promise<void>;
  /** Sends it a signal. */
  signal(name: Deno.Signal): void;
  /** Waits for its end. */
  ended: Promise<Ran>;
}

/** A form of the program. */
export interface Program {
  /** How tests call it. */
  name: string;
  /** The command that runs it. */
  argv: string[];
  /** Its environment. */
  env: Record<string, string>;
  /** Runs it to its end. */
  run(args: string[], options?: RunOptions): Promise<Ran>;
  /** Starts it. */
  start(args: string[], options?: RunOptions): Running;
}

/** The forms of the program that are there. */
export const programs: Program[] = [
  program("main.ts", [Deno.execPath(), "run", "-A", `${ROOT}main.ts`], {
    PATH: Deno.env.get("PATH")!,
  }),
  // On a machine without Deno, as far as it can tell.
  ...isCurrent()
    ? [program("dist/tongs", [BINARY], { PATH: pathWithoutDeno() })]
    : [],
];

/** A test of all forms of the program. */
export function test(
  name: string,
  body: (program: Program) => Promise<void>,
): void {
  for (const program of programs) {
    Deno.test(`${program.name}: ${name}`, () => body(program));
  }
}

function program(
  name: string,
  argv: string[],
  own: Record<string, string>,
): Program {
  const env = { HOME: Deno.env.get("HOME")!, ...own };
  function start(args: string[], { cwd, stdin }: RunOptions = {}): Running {
    const child = new Deno.Command(argv[0]!, {
      args: [...argv.slice(1), ...args],
      clearEnv: true,
      env,
      ...(cwd === undefined ? {} : { cwd }),
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const written = { stdout: "", stderr: "" };
    async function read(name: "stdout" | "stderr"): Promise<void> {
      const texts = child[name].pipeThrough(new TextDecoderStream());
      for await (const text of texts) written[name] += text;
    }
    async function end(): Promise<Ran> {
      const input = new Blob([stdin ?? ""]).stream();
      const [{ code }] = await Promise.all([
        child.status,
        read("stdout"),
        read("stderr"),
        input.pipeTo(child.stdin).catch(() => {}), // It need not read it.
      ]);
      return { code, ...written };
    }
    const ended = end();
    return {
      pid: child.pid,
      ended,
      wrote: (text) =>
        eventually(() => (written.stdout + written.stderr).includes(text), {
          message: `${name} does not write ${JSON.stringify(text)}`,
        }),
      signal: (name) => child.kill(name),
      async [Symbol.asyncDispose]() {
        try {
          child.kill("SIGKILL");
        } catch {
          // It has ended.
        }
        await ended;
      },
    };
  }
  return {
    name,
    argv,
    env,
    start,
    run: (args, options) => start(args, options).ended,
  };
}

/** Whether there is a binary, and it is not older than what it was made of. */
function isCurrent(): boolean {
  try {
    const made = Deno.statSync(BINARY).mtime!;
    const layers = [
      "facts",
      "wire",
      "files",
      "agent",
      "modules",
      "functions",
      "tunnels",
      "group",
      "queue",
      "cli",
    ];
    const folders = ["", ...layers.map((layer) => `${layer}/`)];
    return folders.every((folder) =>
      [...Deno.readDirSync(ROOT + folder)].every(({ name }) =>
        !/\.[jt]s$|^deno\.json$/.test(name) ||
        Deno.statSync(ROOT + folder + name).mtime! <= made
      )
    );
  } catch {
    return false;
  }
}

function pathWithoutDeno(): string {
  return ["/usr/local/bin", "/usr/bin", "/bin"].filter((dir) => {
    try {
      Deno.statSync(`${dir}/deno`);
      return false;
    } catch {
      return true;
    }
  }).join(":");
}

// The children of the benchmark: timed, asked, and ended by their pids.

/** The Deno that runs the benchmark. */
export const DENO = Deno.execPath();

/** The Python that has the peers. */
export const PYTHON = "/usr/bin/python3";

/** The path of a file beside this one. */
export function here(name: string): string {
  return new URL(name, import.meta.url).pathname;
}

/** The command that runs a script of `bench/samples` with this Deno. */
export function sample(name: string, ...args: string[]): string[] {
  return [DENO, "run", "-A", here(`samples/${name}`), ...args];
}

/** The command that runs a script of `bench/peers`. */
export function peer(name: string, ...args: string[]): string[] {
  return [PYTHON, here(`peers/${name}`), ...args];
}

/** How long one sample may take, in milliseconds: one that hangs must not cost the others. */
const LIMIT = 20_000;

/** Runs a command to its end, which must come within some time, and returns what it printed. */
export async function run(
  argv: string[],
  signal: AbortSignal,
  options: Deno.CommandOptions = {},
  ms = LIMIT,
): Promise<string> {
  signal.throwIfAborted();
  const [program, ...args] = argv;
  const limit = AbortSignal.timeout(ms);
  const { success, code, stdout, stderr } = await new Deno.Command(program!, {
    ...options,
    args,
    stdin: "null",
    signal: AbortSignal.any([signal, limit]),
  }).output();
  signal.throwIfAborted();
  if (limit.aborted) {
    throw new Error(
      `Cannot measure: "${argv.join(" ")}" took more than ${ms / 1000} s`,
    );
  }
  const text = new TextDecoder().decode(stdout);
  if (success) return text;
  throw new Error(
    `Cannot measure: "${
      argv.slice(0, 6).join(" ")
    } …" ended with status ${code}: ${
      (new TextDecoder().decode(stderr) || text).trim().slice(-600)
    }`,
  );
}

/** How long a command takes from its start to its end, in milliseconds. */
export async function time(
  argv: string[],
  signal: AbortSignal,
): Promise<number> {
  const start = performance.now();
  await run(argv, signal);
  return performance.now() - start;
}

/** The number that a command prints. */
export async function ask(
  argv: string[],
  signal: AbortSignal,
): Promise<number> {
  const text = await run(argv, signal);
  const number = Number(text.trim());
  if (text.trim() !== "" && Number.isFinite(number)) return number;
  throw new Error(`Cannot measure: "${argv.join(" ")}" printed ${text}`);
}

/** A child that does one round of its work for each line it is sent, and answers with a number. */
export class Worker implements AsyncDisposable {
  #name: string;
  #child: Deno.ChildProcess;
  #writer: WritableStreamDefaultWriter<Uint8Array>;
  #chunks: ReadableStreamDefaultReader<string>;
  #text = "";
  #limit: number;

  constructor(argv: string[], signal: AbortSignal, limit = LIMIT) {
    signal.throwIfAborted();
    this.#limit = limit;
    this.#name = argv.join(" ");
    const [program, ...args] = argv;
    this.#child = new Deno.Command(program!, {
      args,
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
      signal,
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#chunks = this.#child.stdout.pipeThrough(new TextDecoderStream())
      .getReader();
  }

  /** The number it prints next: one when it is ready, and one for each round. */
  async answer(): Promise<number> {
    const killer = setTimeout(
      () => this.#child.kill("SIGKILL"),
      this.#limit,
    );
    try {
      return await this.#answer();
    } finally {
      clearTimeout(killer);
    }
  }

  async #answer(): Promise<number> {
    while (!this.#text.includes("\n")) {
      const { value } = await this.#chunks.read();
      if (value === undefined) {
        throw new Error(`Cannot measure: "${this.#name}" has ended`);
      }
      this.#text += value;
    }
    const end = this.#text.indexOf("\n");
    const line = this.#text.slice(0, end);
    this.#text = this.#text.slice(end + 1);
    return Number(line);
  }

  /** Lets it do one round, and returns what it took. */
  async round(): Promise<number> {
    await this.#writer.write(new TextEncoder().encode("\n"));
    return await this.answer();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close().catch(() => {});
    const killer = setTimeout(() => this.#child.kill("SIGKILL"), 3000);
    await this.#chunks.cancel().catch(() => {});
    await this.#child.status;
    clearTimeout(killer);
  }
}

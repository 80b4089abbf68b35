// Runs of Deno itself, which knows best what names mean and how packages become a bundle. A run
// sees the lock file of the project and never changes it.

/** How Deno is run. */
export interface DenoRun {
  /** The folder whose configuration counts. */
  cwd: string;
  /** A folder of a moment for the copy of the lock file. */
  scratch: string;
  /** What it reads. */
  stdin?: string;
  /** Whether to ask nobody outside, whatever is missing. */
  cachedOnly?: boolean;
}

/** Nobody listens there. Not all commands have an option against downloads. */
const NOWHERE = "http://127.0.0.1:9";

const OFFLINE: Record<string, string> = Object.fromEntries(
  ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"]
    .flatMap((name) => [[name, NOWHERE], [name.toLowerCase(), NOWHERE]])
    .concat([["NO_PROXY", ""], ["no_proxy", ""]]),
);

/** What a run came to. */
export interface DenoResult {
  /** Whether it went well. */
  success: boolean;
  /** What it printed. */
  stdout: string;
  /** What it complained of. */
  stderr: string;
}

/**
 * Runs Deno. A compiled program is none, so that it needs one on PATH.
 *
 * @throws {TypeError} If there is no Deno to run.
 */
export async function runDeno(
  args: string[],
  { cwd, scratch, stdin, cachedOnly = false }: DenoRun,
): Promise<DenoResult> {
  const [command, ...rest] = args;
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(
      Deno.build.standalone ? "deno" : Deno.execPath(),
      {
        args: [command!, "--quiet", await lockOption(cwd, scratch), ...rest],
        cwd,
        env: {
          NO_COLOR: "1",
          RUST_BACKTRACE: "0",
          ...cachedOnly ? OFFLINE : {},
        },
        stdin: stdin === undefined ? "null" : "piped",
        stdout: "piped",
        stderr: "piped",
      },
    ).spawn();
  } catch (cause) {
    if (!Deno.build.standalone || !(cause instanceof Deno.errors.NotFound)) {
      throw cause;
    }
    throw new TypeError(
      "Cannot find out what modules import: a compiled program needs `deno` on PATH for names, " +
        "packages and URLs; install Deno, or run the script with it",
      { cause },
    );
  }
  const [{ success, stdout, stderr }] = await Promise.all([
    child.output(),
    stdin === undefined ? undefined : feed(child.stdin, stdin),
  ]);
  const decoder = new TextDecoder();
  return {
    success,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr).trim(),
  };
}

async function feed(
  input: WritableStream<Uint8Array>,
  text: string,
): Promise<void> {
  const writer = input.getWriter();
  try {
    await writer.write(new TextEncoder().encode(text));
    await writer.close();
  } catch {
    // It ended early, and says why itself.
  }
}

/** Commands that only look would still write the lock file, so that they get a copy. */
async function lockOption(cwd: string, scratch: string): Promise<string> {
  for (let folder = cwd;; folder = folder.replace(/\/[^/]*$/, "")) {
    try {
      await Deno.copyFile(`${folder}/deno.lock`, `${scratch}/deno.lock`);
      return `--lock=${scratch}/deno.lock`;
    } catch (error) {
      if (
        !(error instanceof Deno.errors.NotFound ||
          error instanceof Deno.errors.NotADirectory)
      ) throw error;
    }
    if (folder === "") return "--no-lock";
  }
}

/** Runs something with a folder of a moment. */
export async function withScratch<T>(
  fn: (scratch: string) => Promise<T>,
): Promise<T> {
  const scratch = await Deno.realPath(
    await Deno.makeTempDir({ prefix: "tongs-" }),
  );
  try {
    return await fn(scratch);
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

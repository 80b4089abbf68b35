// TypeScript and JSX through Deno's own compiler, with the settings of the module's project. It
// takes whatever Deno runs; what `transform.ts` does by itself needs no other process.

/** How many compilers run at once. */
const MAX_RUNNING = Math.max(2, navigator.hardwareConcurrency);

let running = 0;
const waiting: (() => void)[] = [];

/**
 * Compiles a module.
 *
 * @param url Its URL, whose end says what it is. Only a file has a project with settings.
 * @param bytes What it holds.
 * @returns The JavaScript, with its source map inline.
 * @throws {SyntaxError} If it cannot be compiled.
 */
export async function transpile(
  url: string,
  bytes: Uint8Array,
): Promise<string> {
  if (url.startsWith("file:")) return await transpileFile(url);
  const folder = await Deno.makeTempDir({ prefix: "tongs-" });
  try {
    const ending = /\.\w+$/.exec(new URL(url).pathname)?.[0] ?? "";
    const copy = new URL(`file://${folder}/module${ending}`).href;
    await Deno.writeFile(new URL(copy), bytes);
    return await transpileFile(copy).catch((error) => {
      throw new SyntaxError(error.message.replaceAll(copy, url));
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function transpileFile(url: string): Promise<string> {
  if (Deno.build.standalone) return await transpileHere(url);
  if (running === MAX_RUNNING) {
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else running++;
  try {
    return await transpileByDeno(url);
  } finally {
    const next = waiting.shift();
    if (next === undefined) running--;
    else next();
  }
}

/** It takes 15 ms, which is less than it takes to import `node:module`. */
async function transpileByDeno(url: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["transpile", "--quiet", "--no-lock", "--source-map", "inline"],
      toPath(url),
    ],
    // So that the settings are those of the module, and not of wherever this program runs.
    cwd: new URL(".", url),
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  if (success) return new TextDecoder().decode(stdout);
  const why = new TextDecoder().decode(stderr)
    .replace(/^error: (SyntaxError: )?/, "")
    .replace(/\n+Stack backtrace:[\s\S]*/, "")
    .trim();
  throw new SyntaxError(why);
}

/**
 * A compiled program has no `deno` to ask, but a compiler within: its CommonJS loader hands every
 * module to the module object as JavaScript before it runs it. This one only keeps it.
 *
 * Of the program's own files it has what was compiled when the program was, without a source map.
 */
async function transpileHere(url: string): Promise<string> {
  const { createRequire } = await import("node:module");
  // This entry and no other looks at no name: those of `.mts` files would be imported.
  const load = createRequire("file:///").extensions[".cjs"]!;
  let source = "";
  const keeper = { _compile: (compiled: string) => source = compiled };
  load(keeper as unknown as Parameters<typeof load>[0], toPath(url));
  return source;
}

function toPath(url: string): string {
  return decodeURIComponent(new URL(url).pathname);
}

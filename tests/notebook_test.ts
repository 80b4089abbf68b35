// Cells of a notebook, and lines at Deno's prompt, call what earlier ones defined. They are run by
// Deno's own kernel for Jupyter.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { project } from "./support/tunnels.ts";

const PYTHON = "/usr/bin/python3";
const DRIVER = new URL("support/notebook.py", import.meta.url).pathname;
const MOD_PATH = new URL("../mod.ts", import.meta.url).pathname;

/** What a cell came to. */
interface Cell {
  status: "ok" | "error";
  stdout: string;
  stderr: string;
  value: string | null;
  error: string | null;
}

async function isJupyterThere(): Promise<boolean> {
  try {
    const { success } = await new Deno.Command(PYTHON, {
      args: ["-c", "import jupyter_client"],
      stdout: "null",
      stderr: "null",
    }).output();
    return success;
  } catch {
    return false;
  }
}

const ignore = !await isJupyterThere();

async function feed(
  argv: [string, ...string[]],
  input: string,
): Promise<{ stdout: string; stderr: string }> {
  const child = new Deno.Command(argv[0], {
    args: argv.slice(1),
    env: { NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [{ stdout, stderr }] = await Promise.all([
    child.output(),
    new Blob([input]).stream().pipeTo(child.stdin),
  ]);
  const decoder = new TextDecoder();
  return { stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Runs cells, all but the last of which must do well. */
async function runCells(cells: string[]): Promise<Cell[]> {
  const { stdout, stderr } = await feed(
    [PYTHON, DRIVER, Deno.execPath()],
    JSON.stringify(cells),
  );
  assert(stdout.startsWith("["), stderr);
  const results: Cell[] = JSON.parse(stdout);
  for (const [i, { status, error }] of results.entries()) {
    if (i < cells.length - 1) assertEquals([status, error], ["ok", null]);
  }
  assertEquals(results.length, cells.length, stderr);
  return results;
}

const OPEN = `import { Local } from ${JSON.stringify(MOD_PATH)};
const here = new Local();`;

Deno.test({
  name: "cells of a notebook call built-ins and exports of modules",
  ignore,
  async fn() {
    await using files = await project({
      "lib.ts": "export const double = (n: number): number => n * 2;",
    });
    const results = await runCells([
      OPEN,
      `const { double } = await import(${
        JSON.stringify(files.url("lib.ts"))
      });`,
      "await here.call(Deno.hostname)",
      "await here.call(double, 21)",
      "await here.call(double, 4)",
      "await here.close(); 0",
    ]);
    assertEquals(results.slice(2).map(({ value }) => value), [
      JSON.stringify(Deno.hostname()),
      "42",
      "8",
      "0",
    ]);
  },
});

Deno.test({
  name: "cells of a notebook call closures over what other cells defined",
  ignore,
  async fn() {
    const results = await runCells([
      OPEN,
      `let base: number = 40;
const helper = (n: number): number => n / 2;
function fib(n: number): number { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
enum Level { Low = 1, High }
class Scale { static of = (n: number) => n * Level.High; }
var counter = 0;`,
      "await here.call(() => base + helper(2))",
      "base = 50; await here.call(() => base + helper(2))",
      "await here.call(fib, 10)",
      "await here.call((n: number) => [fib(n), Level[Level.Low], Scale.of(n)], 7)",
      "await here.call(() => [++counter, ++counter])",
      "{ const inner = 3; await here.call(() => inner + base) }",
      "const later = here.call(() => base - 1); 0",
      "[await later, counter]",
      `(await Promise.all([1, 2, 3].map((n) => here.call(() => n + base)))).join()`,
      "await here.close(); 0",
    ]);
    assertEquals(results.slice(2).map(({ value }) => value), [
      ...["41", "51", "55", '[ 13, "Low", 14 ]', "[ 1, 2 ]", "53", "0"],
      ...["[ 49, 0 ]", '"51,52,53"', "0"],
    ]);
  },
});

Deno.test({
  name: "an error of a cell's function names it, and the kernel lives on",
  ignore,
  async fn() {
    const results = await runCells([
      OPEN,
      `function boom(): never {
  throw new RangeError("boom!");
}
let caught: unknown; try { await here.call(boom); } catch (error) { caught = error; }`,
      "console.log((caught as Error).stack);",
      "await here.call(() => 1)",
      "await here.close(); const socket = { close() {}, weak: new WeakMap() }; 0",
      "await here.call(() => socket.close())",
    ]);
    assertStringIncludes(
      results[2]!.stdout,
      "RangeError: boom!\n    at boom (",
    );
    assertEquals(results[3]!.value, "1");
    assertEquals(results[5]!.status, "error");
    assertStringIncludes(results[5]!.error!, '"socket"');
  },
});

Deno.test("lines at Deno's prompt call closures over what other lines defined", async () => {
  const { stdout, stderr } = await feed(
    [Deno.execPath(), "repl", "-A", "--quiet"],
    `${OPEN.replace("\n", " ")}
const base = 40; function twice(n: number): number { return n * 2; }
"first " + await here.call(() => base + twice(1))
"second " + await here.call(twice, 4)
await here.close()
`,
  );
  assertStringIncludes(stdout, '"first 42"', stderr);
  assertStringIncludes(stdout, '"second 8"', stderr);
});

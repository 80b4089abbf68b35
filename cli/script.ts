// `tongs run`: runs a controller script as `deno run` would, except that in it "tongs" is this
// tongs.
//
// From source it is a `deno run` of its own, so that the script's configuration, its arguments,
// `import.meta.main` and all else are Deno's own doing; hooks that are loaded before the script add
// the one name. (An import map on the command line would take the place of the script's own.) A
// compiled program has no other Deno to run: it imports the script into this process, and makes up
// what a main module has.

import { isCode } from "../modules/transform.ts";
import { runAsSelf } from "./child.ts";
import { toFileUrl } from "./file_url.ts";
import { UsageError } from "./usage_error.ts";

/**
 * Runs the script.
 *
 * @param words Its name and its arguments.
 * @returns The exit status so far; the script may still be running.
 * @throws {UsageError} If there is no such script.
 */
export async function runScript(words: string[]): Promise<number> {
  const [file, ...args] = words;
  if (file === undefined) {
    throw new UsageError(
      "Cannot run a script: none is named",
      "name a file, as in tongs run deploy.ts",
    );
  }
  const url = toFileUrl(file);
  await check(url, file);
  if (!Deno.build.standalone) return await runInDeno(url, args);
  const { hookTongs, playMain } = await import("./script_hooks.ts");
  playMain(url, args);
  hookTongs(url);
  try {
    await import(url);
  } catch (error) {
    // What the script itself throws, Deno shows as it shows it everywhere.
    if (!(error instanceof Error) || !isOfLoading(error)) throw error;
    console.error(`error: ${await explain(error)}`);
    return 1;
  }
  return Deno.exitCode;
}

/** Whether it was thrown by the import above and by nothing that was imported. */
function isOfLoading({ stack = "" }: Error): boolean {
  return stack.includes(`(${import.meta.url}:`);
}

/** Of a file that it cannot parse, a compiled program says no more than its inner state. */
async function explain(error: Error): Promise<string> {
  const path = /^JsErrorBox .*?\bpath: "([^"]*)"/s.exec(error.message)?.[1];
  if (path === undefined) return error.message;
  const url = `file://${path}`;
  try {
    const { toJavaScript } = await import("../modules/transform.ts");
    await toJavaScript(url, await Deno.readFile(new URL(url)), undefined);
  } catch (cause) {
    return (cause as Error).message;
  }
  return `Cannot parse module "${url}"`;
}

async function check(url: string, file: string): Promise<void> {
  let info: Deno.FileInfo;
  try {
    info = await Deno.stat(new URL(url));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new UsageError(
        `Cannot find the file "${file}"`,
        "name a script, as in tongs run deploy.ts",
      );
    }
    throw new UsageError(
      `Cannot run "${file}": ${(error as Error).message}`,
    );
  }
  if (info.isDirectory || !isCode(new URL(url).pathname)) {
    throw new UsageError(
      `Cannot run "${file}": it is not a JavaScript or TypeScript module`,
      "name a script, as in tongs run deploy.ts",
    );
  }
}

function runInDeno(url: string, args: string[]): Promise<number> {
  const hooks = new URL("./script_preload.ts", import.meta.url).href;
  const options = ["run", "-A", "--preload", hooks];
  return runAsSelf([Deno.execPath(), ...options, url, ...args]);
}

// What tests of facts share: facts in processes of their own, and commands that say what a test
// wants.
import { assert } from "@std/assert";

/** The library of facts. */
export const FACTS: string = new URL("../../facts.ts", import.meta.url).href;

function url(name: string): string {
  return new URL(name, import.meta.url).href;
}

/** Whether there is anything to compare facts with. */
export const isLinux: boolean = Deno.build.os === "linux";

/** Whether to leave out a test that compares. */
export const ignore: boolean = !isLinux;

/** How long to wait for a command that does not end, in milliseconds. */
const FOR_EVER = 120_000;

/** Runs a command, which must end, and returns what it prints, without the last newline. */
export async function print(
  command: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args,
    env: { ...env, NO_COLOR: "1" },
    stdin: "null",
    signal: AbortSignal.timeout(FOR_EVER),
  }).output();
  const decoder = new TextDecoder();
  assert(success, `${command} ${args.join(" ")}: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout).trimEnd();
}

/** Options of {@linkcode call}. */
export interface CallOptions {
  /** What the process may do. By default that is all. */
  permissions?: string[];
  /** Where it finds commands. */
  path?: string;
  /** Time limits in it pass when there is this file, and not before. */
  late?: string;
}

/** Calls a fact in a process of its own, which must end; its value comes back as JSON. */
export async function call(
  expression: string,
  {
    permissions = ["--allow-all"],
    path = Deno.env.get("PATH")!,
    late,
  }: CallOptions = {},
  // deno-lint-ignore no-explicit-any
): Promise<any> {
  const before = late === undefined ? "" : `
      import { existsSync } from "node:fs";
      import { timeLimits } from ${JSON.stringify(url("clock.ts"))};
      import { eventually } from ${JSON.stringify(url("processes.ts"))};
      using limits = timeLimits();
      eventually(() => existsSync(${
    JSON.stringify(late)
  })).then(() => limits.pass());`;
  const directory = await Deno.makeTempDir();
  try {
    const file = `${directory}/main.ts`;
    await Deno.writeTextFile(
      file,
      `import * as facts from ${JSON.stringify(FACTS)};${before}
      console.log(JSON.stringify(await facts.${expression}));`,
    );
    const args = ["run", "--no-prompt", "--no-config", "--quiet"];
    return JSON.parse(
      await print(Deno.execPath(), [...args, ...permissions, file], {
        PATH: path,
      }),
    );
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** A directory with one script, to be the first one of a `PATH`. */
export async function fake(name: string, script: string): Promise<
  AsyncDisposable & { directory: string; path: string }
> {
  const directory = await Deno.makeTempDir();
  await Deno.writeTextFile(`${directory}/${name}`, `#!/bin/sh\n${script}\n`);
  await Deno.chmod(`${directory}/${name}`, 0o755);
  return {
    directory,
    path: `${directory}:${Deno.env.get("PATH")}`,
    async [Symbol.asyncDispose](): Promise<void> {
      await Deno.remove(directory, { recursive: true });
    },
  };
}

// Projects with dependencies, and programs in them that run as a user's do, with a cache of their
// own, so that every test makes its bundles.
import { assertEquals } from "@std/assert";
import { HANGS } from "./processes.ts";
import { MOD, type Project, project } from "./tunnels.ts";

type Files = Record<string, string>;

/** Where Deno keeps packages: the same for all, as `XDG_CACHE_HOME` would move it too. */
const DENO_DIR = Deno.env.get("DENO_DIR") ??
  `${Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME")}/.cache`}/deno`;

/** The files of a package that is installed by hand. */
export function packageFiles(
  name: string,
  description: Record<string, unknown>,
  files: Files,
): Files {
  const dir = `node_modules/${name}`;
  return {
    [`${dir}/package.json`]: JSON.stringify({
      name,
      version: "1.0.0",
      ...description,
    }),
    ...Object.fromEntries(
      Object.entries(files).map(([file, text]) => [`${dir}/${file}`, text]),
    ),
  };
}

/** A project whose `main.ts` is a program that can call the exports of its `lib.ts`. */
export function program(main: string, files: Files): Promise<Project> {
  return project({
    "main.ts": `import { Local } from ${JSON.stringify(MOD)};
import * as lib from "./lib.ts";
await using here = new Local("here", { onLog: ({ text }) => console.error(text) });
const show = (value: unknown) => console.log(JSON.stringify(value));
const failure = (promise: Promise<unknown>) => promise.then((value) => \`it resolved to \${value}\`, (error) => error.stack);
${main}`,
    ...files,
  });
}

/** A cache of its own for modules, that shares packages and the bundler with all others. */
export async function ownDenoDir({ dir }: Project): Promise<string> {
  await Deno.mkdir(`${dir}/deno`);
  for (const name of ["npm", "dl"]) {
    await Deno.mkdir(`${DENO_DIR}/${name}`, { recursive: true });
    await Deno.symlink(`${DENO_DIR}/${name}`, `${dir}/deno/${name}`);
  }
  return `${dir}/deno`;
}

/** Runs the program; what it shows, parsed. */
export async function run(
  { dir }: Project,
  env: Record<string, string> = {},
  // deno-lint-ignore no-explicit-any
): Promise<any[]> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "main.ts"],
    cwd: dir,
    stdin: "null",
    env: { NO_COLOR: "1", DENO_DIR, XDG_CACHE_HOME: `${dir}/cache`, ...env },
    signal: AbortSignal.timeout(HANGS),
  }).output();
  const text = new TextDecoder().decode(stdout);
  assertEquals(code, 0, new TextDecoder().decode(stderr) + text);
  return text.trimEnd().split("\n").map((line) => JSON.parse(line));
}

/** The bundles that were kept, with the times they were made. */
export async function bundles({ dir }: Project): Promise<string[]> {
  const found: string[] = [];
  try {
    for await (const { name } of Deno.readDir(`${dir}/cache/tongs`)) {
      const { mtime } = await Deno.stat(`${dir}/cache/tongs/${name}`);
      found.push(`${name} ${mtime?.getTime()}`);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return found;
}

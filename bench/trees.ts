// Functions whose modules import 300 others: generated ones in TypeScript and in Python, and those of
// a real package, in a folder of the project, so that they are forwarded and not bundled.

import { DENO, run } from "./process.ts";

const PACKAGES = 20;
const LEAVES = 14;
/** So that the modules have 1.8 MB together, as those that the peers were measured with. */
const FUNCTIONS = 45;

/** A package whose index leads to 300 modules. */
const PACKAGE = "npm:date-fns@4.4.0";

function leaf(name: string, typed: boolean): string {
  let text = "";
  for (let i = 0; i < FUNCTIONS; i++) {
    const [a, b] = [(name.length + i) * 7919 % 1013, i * 104729 % 997];
    text += typed
      ? `/** Adds up number ${i} of ${name}. */\nexport function ${name}_${i}(x: number): number {\n  return x * ${a} + ${b};\n}\n`
      : `def ${name}_${i}(x):\n    """Adds up number ${i} of ${name}."""\n    return x * ${a} + ${b}\n`;
  }
  return text;
}

function importer(names: string[], first: string, typed: boolean): string {
  return names.map((name) =>
    typed
      ? `import { ${name}_${first} } from "./${name}.ts";\n`
      : `from forest.${name} import ${name}_${first}\n`
  ).join("");
}

function sum(name: string, called: string[], typed: boolean): string {
  const terms = called.map((name) => `${name}(x)`).join(" + ");
  return typed
    ? `export function ${name}(x: number): number {\n  return ${terms};\n}\n`
    : `def ${name}(x):\n    return ${terms}\n`;
}

/**
 * Writes modules: in TypeScript, and as a package of Python, which Mitogen pushes best.
 *
 * @returns The path of the TypeScript.
 */
export async function generate(dir: string): Promise<string> {
  const packs = Array.from({ length: PACKAGES }, (_, i) => `pack${i}`);
  await Deno.mkdir(`${dir}/forest`);
  await Deno.writeTextFile(`${dir}/forest/__init__.py`, "");
  for (const typed of [true, false]) {
    const write = (name: string, text: string) =>
      Deno.writeTextFile(`${dir}/forest/${name}.${typed ? "ts" : "py"}`, text);
    for (const pack of packs) {
      const leaves = Array.from(
        { length: LEAVES },
        (_, i) => `${pack}leaf${i}`,
      );
      for (const name of leaves) await write(name, leaf(name, typed));
      const called = leaves.map((name) => `${name}_0`);
      await write(
        pack,
        importer(leaves, "0", typed) + sum(`${pack}_all`, called, typed),
      );
    }
    const called = packs.map((pack) => `${pack}_all`);
    await write(
      "tree",
      importer(packs, "all", typed) + sum("total", called, typed),
    );
  }
  return `${dir}/forest/tree.ts`;
}

/**
 * Copies the modules of a package, and writes one that uses all of them.
 *
 * @returns The path of that one.
 */
export async function copyPackage(
  dir: string,
  signal: AbortSignal,
): Promise<string> {
  // There, where no configuration adds packages of its own.
  await run([DENO, "cache", "--quiet", PACKAGE], signal, { cwd: dir });
  const { npmPackages } = JSON.parse(
    await run([DENO, "info", "--json", PACKAGE], signal, { cwd: dir }),
  );
  const { localPath } = Object.values(npmPackages)[0] as { localPath: string };
  await copyModules(localPath, `${dir}/dates`);
  const path = `${dir}/dates.ts`;
  await Deno.writeTextFile(
    path,
    `import * as dates from "./dates/index.js";
export function total(x: number): number {
  return Object.keys(dates).length + dates.addDays(new Date(0), x).getTime();
}
`,
  );
  return path;
}

async function copyModules(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyModules(`${from}/${name}`, `${to}/${name}`);
    else if (name.endsWith(".js")) {
      await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
    }
  }
}

// The layers: a folder imports only from those above it, and what users import needs no map.

import { assert, assertEquals } from "@std/assert";
import { parse } from "npm:es-module-lexer@3.0.5/js";
import { stripTypeScriptTypes } from "node:module";
import { MOD, project, runScript } from "./support/tunnels.ts";

const ROOT = new URL("../", import.meta.url);

/** Each may import from itself and those before it. */
const LAYERS = [
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
  "top",
];

/** Files that are read or run by tools of this project only. */
const TOOLS = ["agent/bundle.ts"];

interface Found {
  file: string;
  specifier: string;
  /** Whether it is a URL in the code, and no import. */
  byUrl: boolean;
}

function layerOf(file: string): string {
  return file.includes("/") ? file.slice(0, file.indexOf("/")) : "top";
}

async function sources(): Promise<string[]> {
  const files = ["mod.ts", "main.ts", "facts.ts"];
  for (const layer of LAYERS.slice(0, -1)) {
    try {
      for await (const entry of Deno.readDir(new URL(layer, ROOT))) {
        if (entry.name.endsWith(".ts")) files.push(`${layer}/${entry.name}`);
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return files.filter((file) => !TOOLS.includes(file)).sort();
}

/** All that a file imports: types, code, and code by a name that is known beforehand. */
async function importsOf(file: string): Promise<Found[]> {
  const text = await Deno.readTextFile(new URL(file, ROOT));
  // The transformation drops imports of types, so that their keyword goes first.
  const marked = text.replace(
    /\b(import|export) type (?=[{*]|\w+ from)/g,
    "$1 ",
  )
    .replace(/([{,]\s*)type (?=\w+( as \w+)?\s*[,}])/g, "$1");
  const code = stripTypeScriptTypes(marked, { mode: "strip" });
  const imported = parse(code)[0].flatMap((found) =>
    "specifier" in found && typeof found.specifier === "string"
      ? [found.specifier]
      : []
  );
  // `new URL("../mod.ts", import.meta.url)` is an import in disguise.
  const urls = text.matchAll(
    /new URL\(\s*"([^"]+\.ts)",\s*import\.meta\.url/g,
  );
  return [
    ...imported.map((specifier) => ({ file, specifier, byUrl: false })),
    ...[...urls].map(([, path]) => ({ file, specifier: path!, byUrl: true })),
  ];
}

const files = await sources();
const imports = (await Promise.all(files.map(importsOf))).flat();

Deno.test("a folder imports only from itself and from those above it", () => {
  assert(files.length > 40 && imports.length > 100);
  const wrong = imports.filter(({ file, specifier, byUrl }) => {
    if (!/^\..*\.ts$/.test(specifier)) return false;
    const target = new URL(specifier, new URL(file, ROOT)).href.slice(
      ROOT.href.length,
    );
    // What forwarded code sees as tongs is the public API, by its place and not by its content.
    if (byUrl && /^(mod|facts)\.ts$/.test(target)) {
      return layerOf(file) !== "modules";
    }
    const [from, to] = [file, target].map((path) =>
      LAYERS.indexOf(layerOf(path))
    );
    return to! < 0 || to! > from!;
  });
  assertEquals(wrong, []);
});

Deno.test("modules take of the agent only what both sides share", () => {
  for (const { file, specifier } of imports) {
    if (layerOf(file) !== "modules" || !specifier.startsWith("../agent/")) {
      continue;
    }
    assert(
      /\/(remote|types|builtin|realm_globals)\.ts$/.test(specifier),
      `${file} imports ${specifier}`,
    );
  }
});

Deno.test("an outside package is named in full, and in one file", () => {
  const owners = new Map<string, Set<string>>();
  for (const { file, specifier } of imports) {
    if (/^(\.|node:|data:|blob:)/.test(specifier)) continue;
    assert(
      /^npm:(@[\w-]+\/)?[\w-]+@\d+\.\d+\.\d+(\/|$)/.test(specifier),
      `${file} imports ${specifier}`,
    );
    const name = /^npm:((@[^/]+\/)?[^@/]+)/.exec(specifier)![1]!;
    const own = owners.get(name) ?? new Set();
    owners.set(name, own.add(file));
  }
  assert(owners.has("cbor-x") && owners.has("es-module-lexer"));
  // The packages of the standard library are many in one: each of their modules counts by itself.
  for (const [name, own] of owners) {
    if (name !== "deno-std") assertEquals(own.size, 1, `${name}: ${[...own]}`);
  }
});

Deno.test("every file begins by saying what it is for, and stays small", async () => {
  for (const file of files) {
    const text = await Deno.readTextFile(new URL(file, ROOT));
    assert(/^(\/\/ |\/\*\*)/.test(text), `${file} begins without a comment`);
    if (file.endsWith(".gen.ts")) continue;
    const lines = text.split("\n").length;
    assert(lines <= 400, `${file} has ${lines} lines`);
  }
});

Deno.test("tests and what they need begin by saying what they are for, and stay small", async () => {
  async function check(dir: string): Promise<number> {
    let count = 0;
    for await (
      const { name, isDirectory } of Deno.readDir(new URL(dir, ROOT))
    ) {
      if (isDirectory) count += await check(`${dir}${name}/`);
      if (!name.endsWith(".ts")) continue;
      const file = `${dir}${name}`;
      const text = await Deno.readTextFile(new URL(file, ROOT));
      assert(text.startsWith("//"), `${file} begins without a comment`);
      const lines = text.split("\n").length;
      assert(lines <= 400, `${file} has ${lines} lines`);
      count++;
    }
    return count;
  }
  assert(await check("tests/") > 80);
});

Deno.test("a script in a folder without a configuration imports mod.ts by its path and calls a function", async () => {
  await using files = await project({
    "lib.ts": "export const add = (a: number, b: number) => a + b;",
    "main.ts": `import { Local } from ${JSON.stringify(new URL(MOD).pathname)};
import { add } from "./lib.ts";
await using here = new Local();
console.log(await here.call(add, 1, 2));`,
  });
  const { code, stdout, stderr } = await runScript(files, "main.ts");
  assertEquals([code, stdout], [0, "3\n"], stderr);
  const entries = await Array.fromAsync(Deno.readDir(files.dir));
  assertEquals(entries.map(({ name }) => name).sort(), ["lib.ts", "main.ts"]);
});

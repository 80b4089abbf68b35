// npm packages as a few self-contained modules: Deno says what each entry exports, and its bundler
// makes the rest. All entries go into one bundle, so that they share what they have in common.

import { runDeno, withScratch } from "./deno_process.ts";
import { resolvePath, toFileUrl } from "./file_url.ts";
import type { Target } from "./program.ts";

/** What the bundler made. */
export interface Bundled {
  /** Its parts. */
  parts: BundledPart[];
  /** The name of the part for each entry, in their order. */
  entries: string[];
}

/** A part of a bundle. */
export interface BundledPart {
  /** Its file name; parts import each other by it. */
  name: string;
  /** Its source. */
  source: string;
  /** Its source map, whose sources are paths. */
  map: RawSourceMap;
}

/** A source map, as far as it matters here. */
export interface RawSourceMap {
  /** Where code came from, as paths; `null` if it was made up for the bundle. */
  sources: (string | null)[];
  /** The texts of the sources as the bundler saw them. */
  sourcesContent: (string | null)[];
  /** The rest. */
  [key: string]: unknown;
}

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

/** How Deno's bundler complains of a `require` in a `try` that finds nothing. */
const UNRESOLVED = /Could not convert path to URL\.\s+Path: (\S+)/g;

/** Packages whose business is to find a native addon. */
export const ADDON_LOADERS: string[] = [
  "bindings",
  "node-gyp-build",
  "node-gyp-build-optional-packages",
  "node-pre-gyp",
  "@mapbox/node-pre-gyp",
];

/** Such a `require` may hide behind another one, but not for ever. */
const MAX_ATTEMPTS = 5;

/**
 * Bundles packages.
 *
 * @param entries What is imported of them.
 * @param cwd The folder whose configuration counts.
 * @param cachedOnly Whether to download no package.
 * @throws {TypeError} If that cannot be done.
 */
export async function bundlePackages(
  entries: Target[],
  cwd: string,
  cachedOnly: boolean,
): Promise<Bundled> {
  return await withScratch(async (scratch) => {
    const names = await exportedNames(entries, { cwd, scratch, cachedOnly });
    const paths = entries.map((_entry, i) => `${scratch}/m${i}.mjs`);
    for (const [i, path] of paths.entries()) {
      await Deno.writeTextFile(path, entryModule(entries[i]!, names[i]!));
    }
    const out = `${scratch}/out`;
    await bundle(paths, { out, cwd, scratch, entries });
    const parts: BundledPart[] = [];
    for await (const { name } of Deno.readDir(out)) {
      if (!name.endsWith(".js")) continue;
      const [source, map] = await Promise.all([
        Deno.readTextFile(`${out}/${name}`),
        Deno.readTextFile(`${out}/${name}.map`),
      ]);
      parts.push({
        name,
        source,
        map: withPaths(JSON.parse(map), out, scratch),
      });
    }
    return { parts, entries: entries.map((_entry, i) => `m${i}.js`) };
  });
}

/**
 * What each entry exports as Deno sees it, which for CommonJS is what its analysis says. The
 * packages are linked and not run: a module that is evaluated before them can already list the
 * names in their namespaces, and then ends the process.
 */
async function exportedNames(
  entries: Target[],
  run: { cwd: string; scratch: string; cachedOnly: boolean },
): Promise<string[][]> {
  const script = `${run.scratch}/names.mjs`;
  // A script on standard input belongs to the project in the current folder.
  const main = `${toFileUrl(run.cwd)}/$deno$stdin.mts`;
  await Deno.writeTextFile(
    script,
    `import * as all from ${JSON.stringify(main)};
const entries = Reflect.ownKeys(all).filter((key) => /^m\\d+$/.test(String(key)));
console.log(JSON.stringify(Object.fromEntries(entries.map((key) =>
  [key, Reflect.ownKeys(all[key]).filter((name) => typeof name === "string")]))));
Deno.exit(0);`,
  );
  const stdin = [
    `import ${JSON.stringify(toFileUrl(script))};`,
    ...entries.map((entry, i) => `export * as m${i} from ${importOf(entry)};`),
  ].join("\n");
  const args = ["run", "--allow-import", "--unstable-raw-imports", "-"];
  if (run.cachedOnly) args.splice(1, 0, "--cached-only");
  const { success, stdout, stderr } = await runDeno(args, { ...run, stdin });
  if (!success) throw cannot(entries, stderr);
  const names: Record<string, string[]> = JSON.parse(stdout);
  return entries.map((_entry, i) => names[`m${i}`] ?? []);
}

function importOf({ specifier, type }: Target): string {
  const attributes = type === undefined
    ? ""
    : ` with { type: ${JSON.stringify(type)} }`;
  return JSON.stringify(specifier) + attributes;
}

function entryModule(entry: Target, names: string[]): string {
  // The bundler makes no valid code of names that are no identifiers.
  const plain = names.filter((name) => IDENTIFIER.test(name));
  return plain.length === 0
    ? `import ${importOf(entry)};`
    : `export { ${plain.join(", ")} } from ${importOf(entry)};`;
}

async function bundle(
  paths: string[],
  { out, cwd, scratch, entries }: {
    out: string;
    cwd: string;
    scratch: string;
    entries: Target[];
  },
): Promise<void> {
  const external = new Set(ADDON_LOADERS);
  for (let attempt = 1;; attempt++) {
    const { success, stderr } = await runDeno([
      "bundle",
      ...["--allow-import", "--unstable-raw-imports"],
      ...["--platform", "deno", "--format", "esm", "--code-splitting"],
      ...["--keep-names", "--sourcemap=external", "--outdir", out],
      ...[...external].flatMap((name) => ["--external", name]),
      ...paths,
    ], { cwd, scratch });
    if (success) return;
    const unresolved = [...stderr.matchAll(UNRESOLVED)]
      .map(([, name]) => name!)
      .filter((name) => !external.has(name));
    if (unresolved.length === 0 || attempt === MAX_ATTEMPTS) {
      throw cannot(entries, stderr);
    }
    for (const name of unresolved) external.add(name);
  }
}

function cannot(entries: Target[], stderr: string): TypeError {
  const what = entries.map(({ specifier }) => `"${specifier}"`).join(", ");
  const why = stderr.replace(/^error: /, "").slice(0, 2000);
  return new TypeError(
    /esbuild/.test(stderr) && /fetch|download|registry|client error/.test(why)
      ? `Cannot bundle ${what} for other machines: Deno's bundler is not installed here and ` +
        `cannot be downloaded; run \`deno bundle\` on any file once while online (${why})`
      : `Cannot bundle ${what} for other machines: ${why}`,
  );
}

/** Makes paths of sources. */
function withPaths(
  map: RawSourceMap,
  out: string,
  scratch: string,
): RawSourceMap {
  map.sources = map.sources.map((source) => {
    const path = resolvePath(source!, out);
    return path.startsWith(`${scratch}/`) ? null : path;
  });
  return map;
}

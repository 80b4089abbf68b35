// npm packages as a few self-contained modules: Deno says what each entry exports, and its bundler
// makes the rest. All entries go into one bundle, so that they share what they have in common.

import { runDeno, withScratch } from "./deno_process.ts";
import { fileURLToPath, pathToFileURL } from "node:url";
import { findAbsent, findPresent } from "./npm_absent.ts";
import { packageOf, type Target } from "./program.ts";

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

/** Packages whose business is to find a native addon. */
export const ADDON_LOADERS: string[] = [
  "bindings",
  "node-gyp-build",
  "node-gyp-build-optional-packages",
  "node-pre-gyp",
  "@mapbox/node-pre-gyp",
];

/** What is absent may hide behind something else that is, but not for ever. */
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
    const absent = await bundle(paths, {
      out,
      cwd,
      scratch,
      entries,
      cachedOnly,
    });
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
    const maps = parts.map(({ map }) => map);
    const present = await findPresent(absent, maps);
    if (present !== undefined) {
      throw cannot(entries, `${present} was taken for absent`);
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
  const main = `${pathToFileURL(run.cwd).href}/$deno$stdin.mts`;
  await Deno.writeTextFile(
    script,
    `import * as all from ${JSON.stringify(main)};
const entries = Reflect.ownKeys(all).filter((key) => /^m\\d+$/.test(String(key)));
console.log(JSON.stringify(Object.fromEntries(entries.map((key) =>
  [key, Reflect.ownKeys(all[key]).filter((name) => typeof name === "string")]))));
Deno.exit(0);`,
  );
  const stdin = [
    `import ${JSON.stringify(pathToFileURL(script).href)};`,
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

/** @returns What leads to nothing, and was left as it is. */
async function bundle(
  paths: string[],
  { out, cwd, scratch, entries, cachedOnly }: {
    out: string;
    cwd: string;
    scratch: string;
    entries: Target[];
    cachedOnly: boolean;
  },
): Promise<Set<string>> {
  const absent = new Set<string>();
  for (let attempt = 1;; attempt++) {
    const { success, stderr } = await runDeno([
      "bundle",
      ...["--allow-import", "--unstable-raw-imports"],
      ...["--platform", "deno", "--format", "esm", "--code-splitting"],
      ...["--keep-names", "--sourcemap=external", "--outdir", out],
      ...[...ADDON_LOADERS, ...absent].flatMap((name) => ["--external", name]),
      ...paths,
      // It may have to get the bundler itself.
    ], { cwd, scratch, cachedOnly });
    if (success) return absent;
    const more = (await findAbsent(stderr)).filter((name) => !absent.has(name));
    if (more.length === 0 || attempt === MAX_ATTEMPTS) {
      throw cannot(entries, stderr);
    }
    for (const name of more) absent.add(name);
  }
}

/** Packages cannot be bundled. */
export class BundleError extends TypeError {
  /** Whether that is for no fault of theirs. */
  readonly isGeneral: boolean;
  /** What was complained of. */
  readonly complaints: string;

  /** Constructs a new instance. */
  constructor(message: string, complaints: string, isGeneral: boolean) {
    super(message);
    this.name = "TypeError";
    this.complaints = complaints;
    this.isGeneral = isGeneral;
  }
}

/** What the user knows it by: in a `node_modules` folder Deno only says which file it is. */
function nameOf({ specifier }: Target): string {
  return JSON.stringify(
    specifier.startsWith("file:")
      ? packageOf(fileURLToPath(specifier)) ?? specifier
      : specifier,
  );
}

function cannot(entries: Target[], stderr: string): BundleError {
  const what = [...new Set(entries.map(nameOf))].join(", ");
  const why = stderr.replace(/\n+Stack backtrace:[^]*$/, "")
    .replace(/\nerror: bundling failed\s*$/, "")
    .replace(/^ *note: .*\n?/gm, "")
    .replace(/^error: /, "").trim().slice(0, 2000);
  const isGeneral = /esbuild/.test(stderr) &&
    /fetch|download|registry|client error|npm package '@esbuild/.test(why);
  const message = isGeneral
    ? `Cannot bundle ${what} for other machines: Deno's bundler is not installed here and ` +
      `cannot be downloaded; run \`deno bundle\` on any file once while online (${why})`
    : `Cannot bundle ${what} for other machines: ${why}`;
  return new BundleError(message, stderr, isGeneral);
}

/** Makes paths of sources, which are relative URLs. */
function withPaths(
  map: RawSourceMap,
  out: string,
  scratch: string,
): RawSourceMap {
  map.sources = map.sources.map((source) => {
    const path = fileURLToPath(
      new URL(source!, `${pathToFileURL(out).href}/`).href,
    );
    return path.startsWith(`${scratch}/`) ? null : path;
  });
  return map;
}

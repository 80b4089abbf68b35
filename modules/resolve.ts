// What a specifier means. Relative ones are plain URLs; for names, packages and URLs Deno itself
// is asked, so that they mean what they mean on the controller.

import type { BundlePart, Packages } from "./npm.ts";
import {
  type CachedModule,
  isPackage,
  isPackageFile,
  packageOf,
  type Program,
  readProgram,
  type Target,
} from "./program.ts";
import { isBundleKey, LIBRARY_URL, REMOTE_URL, withoutType } from "./urls.ts";

/** What stands for `remote` on the controller. */
const OWN_REMOTE = new URL("../agent/remote.ts", import.meta.url).href;
const OWN_FACTS = new URL("../facts.ts", import.meta.url).href;

/** What the names of tongs mean where no import map says so. */
export const OWN_MODULES: ReadonlyMap<string, string> = new Map([
  ["tongs", LIBRARY_URL],
  ["tongs/facts", OWN_FACTS],
]);

let ownFirst = false;

/** Lets {@linkcode OWN_MODULES} go before any import map from now on. */
export function putOwnFirst(): void {
  ownFirst = true;
}

/** The specifiers that the far side's own runtime resolves. */
const NATIVE = /^(node|data):/;

/** How to resolve. */
export interface ResolveOptions {
  /**
   * The module that leads to the importing one, whose program says what names mean.
   *
   * @default the importing module itself
   */
  root?: string;
  /** Whether to download nothing, as it is for a far side. */
  cachedOnly?: boolean;
  /**
   * Whether an answer may be given that is no file, by its key. Nothing of a package is bundled
   * to find out.
   *
   * @default any may
   */
  isGranted?(key: string): boolean;
}

/** Something that a program imports of an npm package. */
export interface PackageImport {
  /** What to import here. */
  specifier: string;
  /** The key of the module to import elsewhere. */
  key(): Promise<string>;
}

/** Resolves specifiers, and remembers what Deno said about each program. */
export class Resolver {
  /** By their roots, with a mark if nothing was downloaded for them. */
  #programs = new Map<string, Promise<Program>>();
  #packages: Promise<Packages> | undefined;

  /**
   * The key that `specifier` means in the module `referrer`, or the specifier itself if the far
   * side resolves it.
   *
   * @throws {TypeError} If it means nothing.
   */
  async resolve(
    specifier: string,
    referrer: string,
    options: ResolveOptions = {},
  ): Promise<string> {
    if (NATIVE.test(specifier)) return specifier;
    if (isBundleKey(referrer)) {
      return await inBundle(specifier, referrer, options);
    }
    // A type is what its import says, and no part of a URL.
    specifier = withoutType(specifier);
    if (isUrlLike(specifier)) {
      const url = new URL(specifier, referrer).href;
      if (url === LIBRARY_URL || url === OWN_REMOTE) return REMOTE_URL;
      const isFile = url.startsWith("file:") &&
        (!isPackageFile(url) || isPackageFile(referrer));
      if (isFile) return url;
    }
    return await this.#byProgram(specifier, referrer, options);
  }

  async #byProgram(
    specifier: string,
    referrer: string,
    { root = referrer, cachedOnly = false, isGranted }: ResolveOptions,
  ): Promise<string> {
    const own = specifier === "tongs" ? REMOTE_URL : OWN_MODULES.get(specifier);
    if (own !== undefined && (ownFirst || Deno.build.standalone)) return own;
    const program = await this.#program(referrer, root, cachedOnly);
    const target = program.target(specifier, referrer);
    if (target === undefined) {
      if (own !== undefined) return own;
      throw new TypeError(
        `Cannot resolve "${specifier}" imported from "${referrer}": ` +
          (isUrlLike(specifier) || /^(npm|jsr):/.test(specifier)
            ? "no module of its program imports it by name, so that it is not here"
            : "the import map has no such name"),
      );
    }
    const { url } = target;
    if (url === LIBRARY_URL) return REMOTE_URL;
    if (isPackage(url) && !isPackageFile(referrer)) {
      if (isGranted !== undefined) throw notNamed(specifier, referrer);
      return await this.#packageKey(program, target, cachedOnly);
    }
    if (/^https?:/.test(url) && isGranted?.(url) === false) {
      throw notNamed(specifier, referrer);
    }
    if (/^(file|https?):/.test(url) || NATIVE.test(url)) return url;
    throw new TypeError(
      `Cannot send "${specifier}" imported from "${referrer}" to another machine: ` +
        `"${url}" is of no kind that can be sent`,
    );
  }

  async #packageKey(
    program: Program,
    target: Target,
    cachedOnly: boolean,
  ): Promise<string> {
    // Most programs need none of it.
    this.#packages ??= import("./npm.ts").then(({ Packages }) =>
      new Packages()
    );
    return await (await this.#packages).key(program, target, cachedOnly);
  }

  /** Where a function of a file of a package may be imported from, likeliest first. */
  async packageImports(url: string): Promise<PackageImport[]> {
    const name = packageOf(url);
    if (name === undefined) return [];
    const program = await this.#programOfPackage(url);
    // What is imported when it is needed may never have been loaded, and is not to be for this.
    const targets = program.packageTargets()
      .filter(({ type, isDynamic }) => type === undefined && !isDynamic)
      .sort((a, b) => Number(nameOf(b) === name) - Number(nameOf(a) === name));
    return [...targets, fileTarget(url)].map((target) => ({
      specifier: target.specifier,
      key: () => this.#packageKey(program, target, false),
    }));
  }

  /** The key of what a file of a package is bundled into. */
  async packageFile(
    url: string,
    { cachedOnly = false }: ResolveOptions,
  ): Promise<string> {
    const program = await this.#programOfPackage(url);
    return await this.#packageKey(program, fileTarget(url), cachedOnly);
  }

  #programOfPackage(url: string): Promise<Program> {
    return this.#read(Deno.mainModule, true)
      .catch(() => this.#read(url, true));
  }

  /** A part of a bundle by its key. */
  async part(key: string): Promise<BundlePart | undefined> {
    return (await this.#packages)?.part(key);
  }

  /** Where the cache has a module that came over the network. */
  async cached(
    url: string,
    { root = url, cachedOnly = false }: ResolveOptions,
  ): Promise<CachedModule | undefined> {
    return (await this.#program(url, root, cachedOnly)).cached(url);
  }

  /** The program that a module is part of: that which runs here, if it is, or a smaller one. */
  async #program(
    url: string,
    root: string,
    cachedOnly: boolean,
  ): Promise<Program> {
    for (const candidate of [Deno.mainModule, root]) {
      if (candidate === url || !/^(file|https?):/.test(candidate)) continue;
      const program = await this.#read(candidate, cachedOnly)
        .catch(() => undefined); // It need not be one, as in a test or at a prompt.
      if (program?.has(url)) return program;
    }
    return await this.#read(url, cachedOnly);
  }

  #read(root: string, cachedOnly: boolean): Promise<Program> {
    // What was read without downloads may lack something that a call from here is to have.
    const key = cachedOnly ? `cached ${root}` : root;
    let program = this.#programs.get(root) ?? this.#programs.get(key);
    if (program === undefined) {
      program = readProgram(root, cachedOnly);
      this.#programs.set(key, program);
      // It may be mended meanwhile; but not the main module, which is running.
      program.catch(() => {
        if (root !== Deno.mainModule) this.#programs.delete(key);
      });
    }
    return program;
  }
}

function isUrlLike(specifier: string): boolean {
  return /^(\.{0,2}\/|file:|https?:)/.test(specifier);
}

/** What packages import when they run: a built-in, or another part of their own bundle. */
async function inBundle(
  specifier: string,
  referrer: string,
  { isGranted }: ResolveOptions,
): Promise<string> {
  const { builtinModules } = await import("node:module");
  if (builtinModules.includes(specifier)) return `node:${specifier}`;
  const url = /^\.\/[\w.-]+$/.test(specifier)
    ? new URL(specifier, referrer).href
    : undefined;
  if (url !== undefined && url !== referrer && isGranted?.(url) !== false) {
    return url;
  }
  throw new TypeError(
    `Cannot resolve "${specifier}" imported from "${referrer}": it is not in this bundle of packages`,
  );
}

function notNamed(specifier: string, referrer: string): TypeError {
  return new TypeError(
    `Cannot resolve "${specifier}" imported from "${referrer}": the module does not name it, and what is no file goes only where it is named; write it out, as in import("a-package")`,
  );
}

function fileTarget(url: string): Target {
  return { url, specifier: url, type: undefined, isDynamic: false };
}

/** The name of the package that something is imported of. */
function nameOf({ url }: Target): string | undefined {
  return /^npm:\/?((?:@[^/]+\/)?[^/@]+)/.exec(url)?.[1] ?? packageOf(url);
}

// A program as `deno info` describes it: the modules that one of them leads to, what the names in
// them mean, and where the cache has what came from elsewhere.

import { runDeno, withScratch } from "./deno_process.ts";

interface InfoDependency {
  specifier: string;
  code?: { specifier?: string; error?: string };
  assertionType?: string;
  isDynamic?: boolean;
}

interface InfoModule {
  specifier: string;
  error?: string;
  local?: string;
  mediaType?: string;
  dependencies?: InfoDependency[];
}

interface Info {
  modules: InfoModule[];
  redirects?: Record<string, string>;
  npmPackages?: Record<string, { localPath?: string }>;
}

/** What a specifier means. */
export interface Target {
  /** The URL, such as `file:///a.ts`, `https://host/a.ts` or `npm:/zod@4.1.0`. */
  url: string;
  /** The specifier as it was before versions were chosen, after the import map. */
  specifier: string;
  /** The type attribute of its import. */
  type: string | undefined;
  /** Whether it is imported when it is needed. */
  isDynamic: boolean;
}

/** Files that came from elsewhere. */
export interface CachedModule {
  /** Where the cache has it. */
  path: string;
  /** What it is, in the words of Deno. */
  mediaType: string;
}

/** Where tongs itself is: its packages are no part of what a program forwards. */
const OWN = new RegExp(
  `^${RegExp.escape(new URL("../", import.meta.url).href)}` +
    `((wire|agent|modules|functions|tunnels|group|queue|cli)/|(mod|main)\\.ts$)`,
);

/** Whether a target is code of an npm package, which is bundled and not forwarded file by file. */
export function isPackage(url: string): boolean {
  return url.startsWith("npm:") || isPackageFile(url);
}

/** Whether a file belongs to a package of a project's own. */
export function isPackageFile(url: string): boolean {
  return url.startsWith("file:") && url.includes("/node_modules/");
}

const IN_PROJECT = /^.*\/node_modules\/((?:@[^/]+\/)?[^/.][^/]*)(?=\/)/;
const IN_CACHE = /^.*?\/npm\/[^/]+\/((?:@[^/]+\/)?[^/]+)\/\d[^/]*(?=\/)/;

/** The name of the package that a file belongs to, in a project or in Deno's cache. */
export function packageOf(path: string): string | undefined {
  return (IN_PROJECT.exec(path) ?? IN_CACHE.exec(path))?.[1];
}

/** The folder of the package that a file belongs to. */
export function packageRoot(path: string): string | undefined {
  return (IN_PROJECT.exec(path) ?? IN_CACHE.exec(path))?.[0];
}

/** The modules that one module leads to. */
export class Program {
  /** The folder whose configuration counts. */
  readonly cwd: string;
  /** The npm packages, by name and version, and where they are. */
  readonly packages: Record<string, string>;
  #modules = new Map<string, InfoModule>();
  #redirects: Record<string, string>;
  #names = new Map<string, Target>();
  #dependencies = new Map<string, Map<string, InfoDependency>>();

  constructor(cwd: string, info: Info) {
    this.cwd = cwd;
    this.#redirects = info.redirects ?? {};
    this.packages = Object.fromEntries(
      Object.entries(info.npmPackages ?? {})
        .map(([name, { localPath }]) => [name, localPath ?? ""]),
    );
    for (const module of info.modules) {
      this.#modules.set(module.specifier, module);
      if (OWN.test(module.specifier)) continue;
      for (const dependency of module.dependencies ?? []) {
        const target = this.#target(dependency);
        // Relative ones mean something else in each module.
        if (target === undefined || /^\.{0,2}\//.test(dependency.specifier)) {
          continue;
        }
        this.#names.set(dependency.specifier, target);
      }
    }
  }

  /** Whether a module is part of it. */
  has(url: string): boolean {
    return this.#modules.has(url);
  }

  /**
   * What a specifier means in a module.
   *
   * @returns Nothing if no module of the program imports such a thing.
   * @throws {TypeError} If one does, and Deno does not find it.
   */
  target(specifier: string, referrer: string): Target | undefined {
    let own = this.#dependencies.get(referrer);
    if (own === undefined) {
      own = new Map(
        this.#modules.get(referrer)?.dependencies
          ?.map((dependency) => [dependency.specifier, dependency]),
      );
      this.#dependencies.set(referrer, own);
    }
    const dependency = own.get(specifier);
    const target = (dependency && this.#target(dependency)) ??
      this.#names.get(specifier) ?? this.#byUrl(specifier, referrer);
    const error = dependency?.code?.error ??
      (target && this.#modules.get(target.url)?.error);
    if (error !== undefined) {
      throw new TypeError(
        `Cannot resolve "${specifier}" imported from "${referrer}": ${error}`,
      );
    }
    return target;
  }

  /** A module of the program by its URL, whoever imports it. */
  #byUrl(specifier: string, referrer: string): Target | undefined {
    if (!/^(\.{0,2}\/|https?:)/.test(specifier)) return undefined;
    const url = this.#follow(new URL(specifier, referrer).href);
    if (!this.#modules.has(url)) return undefined;
    return { url, specifier, type: undefined, isDynamic: false };
  }

  #target(dependency: InfoDependency): Target | undefined {
    const specifier = dependency.code?.specifier;
    if (specifier === undefined) return undefined; // Types only.
    const { assertionType: type, isDynamic = false } = dependency;
    return { url: this.#follow(specifier), specifier, type, isDynamic };
  }

  #follow(url: string): string {
    const seen = new Set<string>();
    while (this.#redirects[url] !== undefined && !seen.has(url)) {
      seen.add(url);
      url = this.#redirects[url]!;
    }
    return url;
  }

  /** All that the program imports of npm packages. */
  packageTargets(): Target[] {
    const found = new Map<string, Target>();
    for (const [url, module] of this.#modules) {
      // What packages import of each other is for the bundler.
      if (OWN.test(url) || isPackageFile(url)) continue;
      for (const dependency of module.dependencies ?? []) {
        const target = this.#target(dependency);
        if (target === undefined || !isPackage(target.url)) continue;
        if (this.#modules.get(target.url)?.error !== undefined) continue;
        const key = `${target.url} ${target.type}`;
        const isDynamic = target.isDynamic &&
          found.get(key)?.isDynamic !== false;
        found.set(key, { ...target, isDynamic });
      }
    }
    return [...found.values()].sort((a, b) => a.url < b.url ? -1 : 1);
  }

  /** Where the cache has a module that came from elsewhere. */
  cached(url: string): CachedModule | undefined {
    const { local, mediaType = "Unknown" } = this.#modules.get(url) ?? {};
    return local === undefined ? undefined : { path: local, mediaType };
  }
}

/**
 * Asks Deno what a module leads to.
 *
 * @param root The module.
 * @param cachedOnly Whether to download nothing.
 * @throws {TypeError} If Deno cannot say.
 */
export async function readProgram(
  root: string,
  cachedOnly: boolean,
): Promise<Program> {
  // So that the configuration is that of the module, and not of wherever this program runs.
  const cwd = root.startsWith("file:")
    ? await Deno.realPath(new URL(".", root))
    : Deno.cwd();
  return await withScratch(async (scratch) => {
    const { success, stdout, stderr } = await runDeno(
      ["info", "--json", "--allow-import", "--unstable-raw-imports", root],
      { cwd, scratch, cachedOnly },
    );
    if (!success) {
      throw new TypeError(`Cannot read the imports of "${root}": ${stderr}`);
    }
    return new Program(cwd, JSON.parse(stdout));
  });
}

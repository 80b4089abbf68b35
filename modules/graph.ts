// The modules of the controller as they are served, and how they import each other.

import type { ModulePlace, ModuleRecord } from "../wire/messages.ts";
import { RecentMap } from "../wire/recent_map.ts";
import { MAX_KEPT } from "../wire/shipped.ts";
import { checkAccess, projectRoot } from "./access.ts";
import type { ModuleSource } from "./module_source.ts";
import { packageOf } from "./program.ts";
import {
  type PackageImport,
  type ResolveOptions,
  Resolver,
} from "./resolve.ts";
import { toJavaScript, type Transformed } from "./transform.ts";
import {
  fromForwarded,
  isBundleKey,
  LIBRARY_URL,
  REMOTE_URL,
  toForwarded,
  typeOf,
  withoutType,
  withType,
} from "./urls.ts";

/** A module that is ready to be served. */
export interface GraphModule {
  /** Its URL on the controller. */
  url: string;
  /** What is sent of it. */
  record: ModuleRecord;
  /** What it imports statically, as keys of the graph. */
  imports: string[];
  /** Where things stood before it was transformed, if it was. */
  original?: (line: number, column: number) => OriginalPlace | undefined;
}

/** A place as its author knows it. */
export interface OriginalPlace {
  /** The URL, if it is not that of the module. */
  url?: string;
  /** The line, from 1. */
  line: number;
  /** The column, from 1. */
  column: number;
}

/** Reads modules, once each, and knows what they import. */
export class ModuleGraph implements ModuleSource {
  #modules = new Map<string, Promise<GraphModule>>();
  #loaded = new Map<string, GraphModule>();
  /** The plans and code of functions that go by value. */
  #shipped = new RecentMap<string, GraphModule>(MAX_KEPT);
  #resolver = new Resolver();

  /** A module that was read before, by its address on the far side. */
  get(forwarded: string): GraphModule | undefined {
    return this.#loaded.get(forwarded) ?? this.#shipped.get(forwarded);
  }

  /** Takes a plan or code of a function that goes by value, or keeps it for longer. */
  keep(module: GraphModule): void {
    this.#shipped.set(module.url, module);
  }

  /**
   * The key of what `specifier` means in the module `referrer`, or a `node:` or `data:` URL.
   *
   * @throws {TypeError} If it means nothing.
   */
  resolve(
    specifier: string,
    referrer: string,
    options?: ResolveOptions,
  ): Promise<string> {
    return this.#resolver.resolve(specifier, referrer, options);
  }

  /** The root of the project of a module, if it is a file. */
  async rootOf(url: string): Promise<string | undefined> {
    return url.startsWith("file:") ? await projectRoot(url) : undefined;
  }

  /**
   * Checks that a computed import may be answered.
   *
   * @throws {ModuleAccessError} If it may not.
   */
  async checkAccess(
    url: string,
    roots: ReadonlySet<string>,
    specifier: string,
  ): Promise<void> {
    // What is no file was named by a module that was sent, or was sent itself.
    if (!url.startsWith("file:") || url === LIBRARY_URL) return;
    let refused: unknown;
    for (const root of roots) {
      try {
        return await checkAccess(url, root, specifier);
      } catch (error) {
        refused = error;
      }
    }
    throw refused;
  }

  /** The URL of a module. */
  readable(forwarded: string): string {
    return fromForwarded(withoutType(forwarded));
  }

  /** Where a function of an npm package may be imported from, likeliest first. */
  packageImports(url: string): Promise<PackageImport[]> {
    return this.#resolver.packageImports(url);
  }

  /**
   * A module and all that it imports statically, directly or not.
   *
   * @param key The module.
   * @param options Whether anything may be downloaded for it.
   * @throws {TypeError} If one of them cannot be read, or cannot be sent.
   */
  async closure(
    key: string,
    options: { cachedOnly?: boolean } = {},
  ): Promise<GraphModule[]> {
    const found = new Map<string, GraphModule>();
    const from = { ...options, root: withoutType(key) };
    let next = [key];
    while (next.length > 0) {
      const modules = await Promise.all(
        next.map((key) => this.#module(key, from)),
      );
      for (const [i, module] of modules.entries()) found.set(next[i]!, module);
      next = [...new Set(modules.flatMap((module) => module.imports))]
        .filter((key) => !found.has(key));
    }
    return [...found.values()];
  }

  /** A module by its key: its URL, with its type where it is imported as something other than code. */
  #module(key: string, from: ResolveOptions): Promise<GraphModule> {
    const shipped = this.#shipped.get(key);
    if (shipped !== undefined) return Promise.resolve(shipped);
    let module = this.#modules.get(key);
    if (module === undefined) {
      module = key === REMOTE_URL
        ? Promise.resolve(remoteModule())
        : isBundleKey(key)
        ? this.#readPart(key)
        : isPackageCode(key)
        ? this.#readPackageFile(key, from)
        : this.#read(key, from);
      this.#modules.set(key, module);
      module.then(
        (module) => this.#loaded.set(module.record.url, module),
        () => this.#modules.delete(key),
      );
    }
    return module;
  }

  async #read(key: string, from: ResolveOptions): Promise<GraphModule> {
    const url = withoutType(key);
    const type = typeOf(key);
    const { source, map } = await this.#source(url, type, from);
    const imports: string[] = [];
    const places: ModulePlace[] = [];
    // The lexer is needed only now; loading it takes 3 ms that an agent can come up in.
    const { findImports } = await import("./lexer.ts");
    for (const found of type === undefined ? findImports(source, url) : []) {
      const { start, end } = found;
      if (found.kind !== "static") {
        places.push([start, end, found.kind]);
        continue;
      }
      const meant = await this.#resolver.resolve(found.specifier, url, from);
      if (/^(node|data):/.test(meant)) continue;
      const target = tongsFor(meant, found.names);
      const key = withType(target, found.type);
      imports.push(key);
      places.push([start, end, "import", toForwarded(key)]);
      // The attributes go: what arrives is JavaScript, whatever it was.
      if (end < found.statementEnd) {
        places.push([end, found.statementEnd, "blank"]);
      }
    }
    return {
      url,
      record: { url: toForwarded(key), source, places },
      imports,
      ...(map === undefined
        ? {}
        : { original: (line, column) => map.original(line, column) }),
    };
  }

  async #source(
    url: string,
    type: string | undefined,
    from: ResolveOptions,
  ): Promise<Transformed> {
    let described = url;
    let bytes: Uint8Array;
    try {
      if (/^https?:/.test(url)) {
        const cached = await this.#resolver.cached(url, from);
        if (cached === undefined) throw new TypeError("it is not in the cache");
        const { describedUrl, readCached } = await import("./remote.ts");
        described = describedUrl(url, cached);
        bytes = await readCached(cached);
      } else {
        bytes = await Deno.readFile(new URL(url));
      }
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new TypeError(`Cannot read module "${url}": ${why}`, { cause });
    }
    if (type === undefined && new URL(described).pathname.endsWith(".wasm")) {
      const { wasmModule } = await import("./wasm.ts");
      return { source: await wasmModule(url, bytes) };
    }
    return await toJavaScript(described, bytes, type);
  }

  /** A file of an npm package that a function was defined in: what it is bundled into. */
  async #readPackageFile(
    url: string,
    from: ResolveOptions,
  ): Promise<GraphModule> {
    const target = await this.#resolver.packageFile(url, from);
    const { record } = await this.#module(target, from);
    const { findExports } = await import("./lexer.ts");
    const names = findExports(record.source, target);
    const source = `export { ${names.join(", ")} } from ""`;
    const end = source.length;
    const place: ModulePlace = [end - 2, end, "import", record.url];
    return {
      url,
      record: { url: toForwarded(url), source, places: [place] },
      imports: [target],
    };
  }

  async #readPart(key: string): Promise<GraphModule> {
    const [part, { packageModule }] = await Promise.all([
      this.#resolver.part(key),
      import("./npm_module.ts"),
    ]);
    if (part !== undefined) return packageModule(key, part);
    throw new TypeError(`Cannot read module "${key}": there is no such part`);
  }
}

function isPackageCode(key: string): boolean {
  return key.startsWith("file:") && packageOf(key) !== undefined &&
    /\.[cm]?js$/.test(key);
}

/** The names that a module exports, as far as its own source says. */
export async function exportNames(url: string): Promise<string[]> {
  const { source } = await toJavaScript(
    url,
    await Deno.readFile(new URL(url)),
    undefined,
  );
  const { findExports } = await import("./lexer.ts");
  return findExports(source, url);
}

/**
 * What an import of tongs leads to: code that asks for nothing but `remote` need not have all of it
 * sent along.
 */
export function tongsFor(
  key: string,
  names: readonly string[] | undefined,
): string {
  const isEnough = names?.every((name) => name === "remote") ?? false;
  return key === REMOTE_URL && !isEnough ? LIBRARY_URL : key;
}

/** What remote code gets for `remote`. It brings along what tells calls apart. */
function remoteModule(): GraphModule {
  const source = `import{AsyncLocalStorage as S}from"node:async_hooks";
const tongs=globalThis[Symbol.for("tongs")];tongs.track(new S());
export const remote=tongs.remote;`;
  return {
    url: REMOTE_URL,
    record: { url: REMOTE_URL, source, places: [] },
    imports: [],
  };
}

// The modules of the controller as they are served, and how they import each other.

import type { ModulePlace, ModuleRecord } from "../wire/messages.ts";
import { RecentMap } from "../wire/recent_map.ts";
import { Resolver } from "./resolve.ts";
import { toJavaScript } from "./transform.ts";
import {
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

/** How much of functions that go by value is kept. */
const MAX_SHIPPED = 4096;

/** Reads modules, once each, and knows what they import. */
export class ModuleGraph {
  #modules = new Map<string, Promise<GraphModule>>();
  #loaded = new Map<string, GraphModule>();
  /** The plans and code of functions that go by value. */
  #shipped = new RecentMap<string, GraphModule>(MAX_SHIPPED);
  #resolver = new Resolver();

  /** A module that was read before, by its address on the far side. */
  get(forwarded: string): GraphModule | undefined {
    return this.#loaded.get(forwarded) ?? this.#shipped.get(forwarded);
  }

  /** Takes a plan or code of a function that goes by value, or keeps it for longer. */
  keep(module: GraphModule): void {
    this.#shipped.set(module.url, module);
  }

  /** What `specifier` means in the module `referrer`. */
  resolve(specifier: string, referrer: string): Promise<string> {
    return this.#resolver.resolve(specifier, referrer);
  }

  /**
   * A module and all that it imports statically, directly or not.
   *
   * @throws {TypeError} If one of them cannot be read, or cannot be sent.
   */
  async closure(url: string): Promise<GraphModule[]> {
    const found = new Map<string, GraphModule>();
    let next = [url];
    while (next.length > 0) {
      const modules = await Promise.all(next.map((key) => this.#module(key)));
      for (const [i, module] of modules.entries()) found.set(next[i]!, module);
      next = [...new Set(modules.flatMap((module) => module.imports))]
        .filter((key) => !found.has(key));
    }
    return [...found.values()];
  }

  /** A module by its key: its URL, with its type where it is imported as something other than code. */
  #module(key: string): Promise<GraphModule> {
    const shipped = this.#shipped.get(key);
    if (shipped !== undefined) return Promise.resolve(shipped);
    let module = this.#modules.get(key);
    if (module === undefined) {
      module = key === REMOTE_URL ? remoteModule() : this.#read(key);
      this.#modules.set(key, module);
      module.then(
        (module) => this.#loaded.set(module.record.url, module),
        () => this.#modules.delete(key),
      );
    }
    return module;
  }

  async #read(key: string): Promise<GraphModule> {
    const url = withoutType(key);
    const type = typeOf(key);
    const bytes = await Deno.readFile(new URL(url)).catch((cause) => {
      throw new TypeError(`Cannot read module "${url}": ${cause.message}`, {
        cause,
      });
    });
    const { source, map } = await toJavaScript(url, bytes, type);
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
      const target = await this.#resolver.resolve(found.specifier, url);
      if (/^(node|data):/.test(target)) continue;
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

/** What remote code gets when it imports tongs: `remote`, and an answer for everything else. */
async function remoteModule(): Promise<GraphModule> {
  const own: Record<string, unknown> = await import(
    new URL("../mod.ts", import.meta.url).href
  );
  const others = Object.keys(own).filter((name) => name !== "remote").map((
    name,
  ) =>
    `export function ${name}(){throw new TypeError('Cannot use "${name}" of tongs on the far side: only "remote" is available there yet')}`
  );
  const source = `import{AsyncLocalStorage as S}from"node:async_hooks";
const tongs=globalThis[Symbol.for("tongs")];tongs.track(new S());
export const remote=tongs.remote;
${others.join("\n")}`;
  return {
    url: REMOTE_URL,
    record: { url: REMOTE_URL, source, places: [] },
    imports: [],
  };
}

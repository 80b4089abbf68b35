// The modules of a realm whose code opens tunnels of its own: they came from the controller before
// it, which is asked for what is missing, and they go on as they came.

import type { ForwardedModules } from "../agent/realm_globals.ts";
import type { ModuleRecord } from "../wire/messages.ts";
import { RecentMap } from "../wire/recent_map.ts";
import { MAX_KEPT } from "../wire/shipped.ts";
import type { GraphModule } from "./graph.ts";
import type { ModuleSource } from "./module_source.ts";
import type { ResolveOptions } from "./resolve.ts";
import { toForwarded } from "./urls.ts";

const NATIVE = /^(node|data):/;

/** Finds the forwarded modules of a realm. */
export class ForwardedGraph implements ModuleSource {
  #modules: ForwardedModules;
  #shipped = new RecentMap<string, GraphModule>(MAX_KEPT);

  constructor(modules: ForwardedModules) {
    this.#modules = modules;
  }

  get(forwarded: string): GraphModule | undefined {
    const shipped = this.#shipped.get(forwarded);
    if (shipped !== undefined) return shipped;
    const record = this.#modules.record(forwarded);
    return record === undefined ? undefined : fromRecord(record);
  }

  keep(module: GraphModule): void {
    this.#shipped.set(module.url, module);
  }

  async resolve(
    specifier: string,
    referrer: string,
    { cachedOnly = false }: ResolveOptions = {},
  ): Promise<string> {
    const from = this.#address(referrer);
    const name = this.#address(specifier);
    if (NATIVE.test(name)) return name;
    const url = /^\.{0,2}\//.test(name) ? new URL(name, from).href : name;
    // A far side that asks gets what the controller grants, and not all that happens to be here.
    const isHere = this.#modules.record(url) !== undefined;
    if (isHere && !cachedOnly) return url;
    return await this.#modules.need(name, from);
  }

  async closure(key: string): Promise<GraphModule[]> {
    const found = new Map<string, GraphModule>();
    const pending = [this.#address(key)];
    for (let url = pending.pop(); url !== undefined; url = pending.pop()) {
      if (found.has(url)) continue;
      if (this.get(url) === undefined) await this.#modules.need(url, url);
      const module = this.get(url);
      if (module === undefined) {
        throw new TypeError(
          `Cannot read module "${url}": it did not come along`,
        );
      }
      found.set(url, module);
      pending.push(...module.imports);
    }
    return [...found.values()];
  }

  /** Packages are bundled already, and their parts are modules like others. */
  packageImports(): Promise<never[]> {
    return Promise.resolve([]);
  }

  rootOf(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  /** The controller that answers decides. */
  checkAccess(): Promise<void> {
    return Promise.resolve();
  }

  /** The controller that reads it knows better what it means. */
  readable(forwarded: string): string {
    return forwarded;
  }

  #address(url: string): string {
    return this.#modules.urlOf(url) ?? toForwarded(url);
  }
}

function fromRecord(record: ModuleRecord): GraphModule {
  const imports = record.places.flatMap((place) =>
    place[2] === "import" && !NATIVE.test(place[3]) ? [place[3]] : []
  );
  return { url: record.url, record, imports };
}

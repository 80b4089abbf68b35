// The import hook: how a realm loads modules that live on the controller.
//
// A forwarded module is JavaScript with known places: the specifiers of its static imports, its
// `import(` and its `import.meta`. Loading it means writing real addresses into these places.
// Modules that import each other in no cycle become `blob:` modules from the leaves up, which
// needs nothing but the platform. A cycle cannot be built that way, and a large module takes twice
// the time and memory of another; from the first of either on, modules go through `registerHooks`
// of `node:module`, which costs 50 ms once.

import type { ModuleRecord } from "../wire/messages.ts";
import { importMeta } from "./import_meta.ts";
import { readableCode, referrerOf } from "./shipped.ts";

/** Fetches what is missing from the controller. */
export type Need = (
  specifier: string,
  referrer: string,
) => Promise<string>;

/** The name under which forwarded modules find their loader. */
const KEY = 'globalThis[Symbol.for("tongs")]';

/** Specifiers that the realm's own runtime resolves. */
const NATIVE = /^(node|data|blob):/;

/** From this length on, hooks are faster than a blob. */
const LARGE = 1024 * 1024;

const BLOB = /blob:null\/[0-9a-f-]{36}/g;
const PLACE = /(blob:null\/[0-9a-f-]{36}|tongs:\/\/\/[^\s()\']+?):(\d+):(\d+)/g;

/** Loads forwarded modules. */
export class Loader {
  #need: Need;
  #records = new Map<string, ModuleRecord>();
  /** The address of each module that was given to the runtime. */
  #addresses = new Map<string, string>();
  #urls = new Map<string, string>();
  #loaded = new Map<string, Promise<Record<string, unknown>>>();
  #namespaces = new WeakMap<object, string>();
  #metas = new Map<string, Record<string, unknown>>();
  #hooked: Promise<void> | undefined;

  constructor(need: Need) {
    this.#need = need;
    Object.defineProperty(globalThis, Symbol.for("tongs"), {
      value: {
        import: (referrer: string, specifier: unknown, options?: unknown) =>
          this.importFrom(referrer, specifier, options),
        meta: (url: string) => this.#meta(url),
        modules: {
          record: (url: string) => this.#records.get(url),
          need: (specifier: string, referrer: string) =>
            need(specifier, referrer),
          urlOf: (address: string) =>
            this.#urls.get(address) ??
              (this.#records.has(address) ? address : undefined),
          urlOfNamespace: (namespace: object) =>
            this.#namespaces.get(namespace),
          referrerOf,
        },
      },
    });
  }

  /** Takes modules that the controller sent. */
  add(records: ModuleRecord[]): void {
    for (const record of records) {
      if (!this.#records.has(record.url)) this.#records.set(record.url, record);
    }
  }

  /** Imports a module by its address among the forwarded ones. */
  import(url: string): Promise<Record<string, unknown>> {
    let loaded = this.#loaded.get(url);
    if (loaded === undefined) {
      loaded = this.#import(url);
      this.#loaded.set(url, loaded);
    }
    return loaded;
  }

  async #import(url: string): Promise<Record<string, unknown>> {
    const namespace = await this.#importAnew(url);
    this.#namespaces.set(namespace, url);
    return namespace;
  }

  async #importAnew(url: string): Promise<Record<string, unknown>> {
    if (NATIVE.test(url)) return await import(url);
    if (!this.#records.has(url)) await this.#need(url, url);
    for (const missing of this.#missing(url)) await this.#need(missing, url);
    const address = this.#addresses.get(url) ?? await this.#link(url);
    return await import(address);
  }

  /** Puts the addresses and places of forwarded modules back into a text, such as a stack. */
  translate(text: string): string {
    if (!text.includes("blob:") && !text.includes("tongs:")) return text;
    return readableCode(text)
      .replace(
        PLACE,
        (whole, address: string, line: string, column: string) => {
          const url = this.#urls.get(address) ?? address;
          if (!this.#records.has(url)) return whole;
          return `${url}:${line}:${
            this.#column(url, Number(line), Number(column))
          }`;
        },
      )
      .replace(BLOB, (blob) => this.#urls.get(blob) ?? blob);
  }

  /** What `import.meta` is in a forwarded module. */
  #meta(url: string): Record<string, unknown> {
    let meta = this.#metas.get(url);
    if (meta === undefined) {
      meta = importMeta(url);
      this.#metas.set(url, meta);
    }
    return meta;
  }

  /** Imports what a specifier means in a forwarded module. */
  async importFrom(
    referrer: string,
    specified: unknown,
    options?: unknown,
  ): Promise<Record<string, unknown>> {
    const name = String(specified);
    const type = typeIn(options);
    if (NATIVE.test(name)) {
      // Without it, `data:` of JSON is taken for code.
      return await (type === undefined ? this.import(name) : import(
        name,
        { with: { type } }
      ));
    }
    // As the controller writes it in the addresses of what is no code.
    const specifier = type === undefined ? name : `${name}#type=${type}`;
    const url = /^\.{0,2}\//.test(specifier)
      ? new URL(specifier, referrer).href
      : specifier;
    return await this.import(
      this.#records.has(url) ? url : await this.#need(specifier, referrer),
    );
  }

  /** What `url` imports, directly or not, and was never sent. */
  #missing(url: string): string[] {
    const seen = new Set([url]);
    const missing: string[] = [];
    for (const current of seen) {
      if (this.#addresses.has(current)) continue;
      const record = this.#records.get(current);
      if (record === undefined) missing.push(current);
      else for (const target of imports(record)) seen.add(target);
    }
    return missing;
  }

  async #link(url: string): Promise<string> {
    if (this.#hooked === undefined && this.#needsHooks(url)) {
      this.#hooked = this.#hook();
    }
    await this.#hooked;
    return this.#address(url);
  }

  /** The address of a module; its imports get theirs first. */
  #address(url: string): string {
    const known = this.#addresses.get(url);
    if (known !== undefined) return known;
    if (this.#hooked !== undefined || NATIVE.test(url)) return url;
    const blob = new Blob([this.#source(url)], { type: "text/javascript" });
    const address = URL.createObjectURL(blob);
    this.#addresses.set(url, address);
    this.#urls.set(address, url);
    return address;
  }

  /** Whether there is a cycle or a large module among what a module leads to. */
  #needsHooks(root: string): boolean {
    const done = new Set<string>();
    const above = new Set<string>();
    const visit = (url: string): boolean => {
      if (above.has(url)) return true;
      if (done.has(url) || this.#addresses.has(url)) return false;
      above.add(url);
      const record = this.#records.get(url);
      const found = record !== undefined &&
        (record.source.length > LARGE || imports(record).some(visit));
      above.delete(url);
      done.add(url);
      return found;
    };
    return visit(root);
  }

  async #hook(): Promise<void> {
    const { registerHooks } = await import("node:module");
    registerHooks({
      resolve: (specifier, context, next) =>
        this.#records.has(specifier)
          ? { url: specifier, shortCircuit: true }
          : next(specifier, context),
      load: (url, context, next) =>
        this.#records.has(url)
          ? { format: "module", source: this.#source(url), shortCircuit: true }
          : next(url, context),
    });
  }

  /** The source of a module with its places filled in. */
  #source(url: string): string {
    const record = this.#records.get(url)!;
    let result = "";
    let end = 0;
    for (const place of record.places) {
      result += record.source.slice(end, place[0]) + this.#text(url, place);
      end = place[1];
    }
    return result + record.source.slice(end);
  }

  #text(url: string, place: ModuleRecord["places"][number]): string {
    switch (place[2]) {
      case "import":
        return JSON.stringify(this.#address(place[3]));
      case "blank":
        return this.#records.get(url)!.source.slice(place[0], place[1]).replace(
          /[^\n]+/g,
          "",
        );
      case "dynamic":
        return `${KEY}.import(${JSON.stringify(url)},`;
      case "meta":
        return `${KEY}.meta(${JSON.stringify(url)})`;
    }
  }

  /** The column in the module as it was sent, for one in the module as it was loaded. */
  #column(url: string, line: number, column: number): number {
    const record = this.#records.get(url)!;
    let lineStart = 0;
    for (let i = 1; i < line; i++) {
      lineStart = record.source.indexOf("\n", lineStart) + 1;
    }
    for (const place of record.places) {
      const start = place[0] - lineStart;
      if (start < 0) continue;
      if (
        start >= column - 1 ||
        record.source.slice(lineStart, place[0]).includes("\n")
      ) break;
      const grown = this.#text(url, place).length - (place[1] - place[0]);
      column = Math.max(start + 1, column - grown);
    }
    return column;
  }
}

/** The type in the second argument of an `import()`. */
function typeIn(options: unknown): string | undefined {
  const type = (options as { with?: { type?: unknown } } | undefined)?.with
    ?.type;
  return type === undefined ? undefined : String(type);
}

function imports(record: ModuleRecord): string[] {
  return record.places.flatMap((place) =>
    place[2] === "import" && !NATIVE.test(place[3]) ? [place[3]] : []
  );
}

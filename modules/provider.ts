// What one connection has been sent, and what it asks for.

import { encodeValue } from "../wire/encode_value.ts";
import type { ModuleRecord, Modules, Need } from "../wire/messages.ts";
import { RecentMap } from "../wire/recent_map.ts";
import { MAX_SENT } from "../wire/shipped.ts";
import { ModuleAccessError } from "./errors.ts";
import { type GraphModule, tongsFor } from "./graph.ts";
import type { ModuleSource } from "./module_source.ts";
import { namedImports, namesImports } from "./named_imports.ts";
import {
  fromForwarded,
  toForwarded,
  typeOf,
  withoutType,
  withType,
} from "./urls.ts";

/** From how many bytes on a push is deflated: below, unpacking costs more than it saves. */
const DEFLATE_FROM = 48 * 1024;

/** The most that one request may ask for. */
const MAX_NEEDED = 10_000;

/** What the realms of one connection may have, because their controller sent it to one of them. */
export class Granted {
  /** The addresses of modules. */
  readonly modules: Set<string> = new Set();
  /**
   * The modules that code which was sent stands in, with as much of it as names what it imports;
   * they may ask, and are not answers.
   */
  readonly referrers: Map<string, Set<ModuleRecord>> = new Map();
  /** The addresses of plans and code of functions that go by value. */
  readonly shipped: RecentMap<string, true> = new RecentMap(MAX_SENT);
  /** The roots of the projects that functions were called from. */
  readonly roots: Set<string> = new Set();
}

/** Serves the modules of a graph to one realm. */
export class ModuleProvider {
  #graph: ModuleSource;
  #granted: Granted;
  /** What this realm has, by address. */
  #sent = new Set<string>();
  /** The plans and code that this realm has for certain. */
  #shipped = new RecentMap<string, true>(MAX_SENT);
  /** The URLs that were pushed with all they need. */
  #pushed = new Set<string>();
  #onRefused: (error: ModuleAccessError) => void;

  constructor(
    graph: ModuleSource,
    granted: Granted,
    onRefused: (error: ModuleAccessError) => void,
  ) {
    this.#graph = graph;
    this.#granted = granted;
    this.#onRefused = onRefused;
  }

  /**
   * What the realm lacks of a module and all that it imports.
   *
   * @returns The message to send before the call, or `undefined` if it has everything.
   */
  async push(url: string): Promise<Uint8Array | undefined> {
    const closure = await this.#graph.closure(url);
    checkMain(closure);
    for (const home of homesOf(closure, url)) {
      const root = await this.#graph.rootOf(home);
      if (root !== undefined) this.#granted.roots.add(root);
    }
    if (!isShipped(closure[0]!.record)) this.#pushed.add(url);
    const records = this.#unsent(closure.map((module) => module.record));
    return records.length === 0 ? undefined : encodeValue(await pack(records));
  }

  /** Whether a push of this module was made before, so that {@linkcode push} need not look. */
  has(url: string): boolean {
    return this.#pushed.has(url) || this.#shipped.get(url) === true;
  }

  /** The answer to a request of the realm. Whatever it may not have is answered as not found. */
  async answer(need: Need): Promise<Uint8Array> {
    const records: ModuleRecord[] = [];
    const answers: NonNullable<Modules["answers"]> = [];
    for (const [specifier, referrer] of need.imports.slice(0, MAX_NEEDED)) {
      try {
        const { url, closure } = await this.#find(
          String(specifier),
          String(referrer),
        );
        records.push(...this.#unsent(closure));
        answers.push({ url });
      } catch (error) {
        if (error instanceof ModuleAccessError) {
          this.#onRefused(error);
          answers.push({ error: "there is no such module" });
        } else {
          answers.push({
            error: error instanceof Error ? error.message : String(error),
          });
        }
      }
    }
    return encodeValue({ ...await pack(records), answers });
  }

  async #find(specifier: string, referrer: string) {
    // A module that its realm lost, or never got because it took the place of another one.
    const known = this.#granted.modules.has(specifier) ||
        this.#granted.shipped.has(specifier)
      ? this.#graph.get(specifier)
      : undefined;
    if (known !== undefined) {
      const closure = await this.#graph.closure(
        fromForwarded(known.record.url),
      );
      for (const { record } of closure) {
        this.#sent.delete(record.url);
        this.#shipped.delete(record.url);
      }
      return {
        url: specifier,
        closure: closure.map((module) => module.record),
      };
    }
    // Only a module that was sent can have asked, or code that stands in one.
    if (
      !this.#granted.modules.has(referrer) &&
      !this.#granted.referrers.has(referrer)
    ) {
      throw new ModuleAccessError(specifier, "no module asks for it");
    }
    const from = fromForwarded(withoutType(referrer));
    const isNamed = await this.#isNamed(specifier, referrer);
    const type = typeOf(specifier);
    if (type !== undefined && !isNamed) {
      throw new ModuleAccessError(specifier, "no module imports it as that");
    }
    let url: string;
    try {
      url = await this.#graph.resolve(fromForwarded(specifier), from, {
        cachedOnly: true,
        ...(isNamed ? {} : {
          isGranted: (key) => this.#granted.modules.has(toForwarded(key)),
        }),
      });
    } catch (cause) {
      if (/^[.\/]|:/.test(specifier)) {
        throw new ModuleAccessError(specifier, (cause as Error).message);
      }
      throw cause;
    }
    if (/^(node|data):/.test(url)) return { url, closure: [] };
    url = tongsFor(url, undefined);
    if (isNamed) url = withType(withoutType(url), type);
    else await this.#graph.checkAccess(url, this.#granted.roots, specifier);
    const closure = await this.#graph.closure(url, { cachedOnly: true });
    checkMain(closure);
    return {
      url: toForwarded(url),
      closure: closure.map((module) => module.record),
    };
  }

  /** Whether the module that asks, or code that stands in it, imports just that. */
  async #isNamed(specifier: string, referrer: string): Promise<boolean> {
    const records = [...this.#granted.referrers.get(referrer) ?? []];
    if (this.#granted.modules.has(referrer)) {
      const record = this.#graph.get(referrer)?.record;
      if (record !== undefined) records.push(record);
    }
    for (const record of records) {
      if ((await namedImports(record)).has(specifier)) return true;
    }
    return false;
  }

  #letAsk(referrer: string, record?: ModuleRecord): void {
    const { referrers } = this.#granted;
    const records = referrers.get(referrer) ?? new Set();
    if (record !== undefined && namesImports(record)) records.add(record);
    referrers.set(referrer, records);
  }

  #unsent(records: ModuleRecord[]): ModuleRecord[] {
    const unsent = records.filter(({ url }) =>
      !this.#sent.has(url) && !this.#shipped.has(url)
    );
    for (const record of unsent) {
      const { url, code, plan } = record;
      for (const unit of plan?.units ?? []) {
        if ("importer" in unit) this.#letAsk(unit.importer);
      }
      if (isShipped(record)) {
        this.#shipped.set(url, true);
        this.#granted.shipped.set(url, true);
        if (code !== undefined) this.#letAsk(code.referrer, record);
      } else {
        this.#sent.add(url);
        this.#granted.modules.add(url);
      }
    }
    return unsent;
  }
}

/** Whether this is no module, but belongs to a function that goes by value. */
function isShipped({ code, plan }: ModuleRecord): boolean {
  return code !== undefined || plan !== undefined;
}

/**
 * Checks that the main module is not among what is sent: what it does at its top level is not to
 * happen on the far side, not even because something imports it.
 *
 * @throws {TypeError} If it is.
 */
function checkMain(closure: GraphModule[]): void {
  if (!closure.some(({ url }) => url === Deno.mainModule)) return;
  const { url, record } = closure[0]!;
  const what = isShipped(record) ? "the function" : `the module "${url}"`;
  throw new TypeError(
    `Cannot send ${what}: it imports the main module "${Deno.mainModule}", ` +
      `directly or through another one; move what it needs from there to a module of its own`,
  );
}

/** The modules whose projects computed imports may come from. */
function homesOf(closure: GraphModule[], url: string): string[] {
  if (!isShipped(closure[0]!.record)) return [url];
  return closure.flatMap(({ record: { code } }) => code?.url ?? []);
}

/** What was packed last: many hosts get the same. */
const packs = new RecentMap<string, Promise<Modules>>(4);

function pack(records: ModuleRecord[]): Promise<Modules> {
  const size = records.reduce((sum, record) => sum + record.source.length, 0);
  if (size < DEFLATE_FROM) return Promise.resolve({ records });
  const key = records.map(({ url }) => url).join("\n");
  let packed = packs.get(key);
  if (packed === undefined) packs.set(key, packed = deflate(records));
  return packed;
}

async function deflate(records: ModuleRecord[]): Promise<Modules> {
  const stream = new Blob([encodeValue(records) as Uint8Array<ArrayBuffer>])
    .stream()
    .pipeThrough(new CompressionStream("deflate-raw"));
  return { deflated: new Uint8Array(await new Response(stream).arrayBuffer()) };
}

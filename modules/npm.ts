// The npm packages of the programs whose modules are served: one bundle for all that a program
// imports of them, made when it is first needed.

import { BundleError, bundlePackages } from "./npm_bundle.ts";
import { type Bundle, cachedBundle, keepBundle } from "./npm_cache.ts";
import { type Part, toPart } from "./npm_part.ts";
import { packageOf, type Program, type Target } from "./program.ts";
import { bundleKey, withType } from "./urls.ts";

/** Counts up when bundles are made in another way. */
const FORMAT = 2;

/** A part of a bundle, and its source map. */
export interface BundlePart {
  /** The part. */
  part: Part;
  /** Its source map in JSON, if it is still there. */
  map(): string | undefined;
}

/** The bundle that something imported of a package is in, or will be in soon. */
interface Place {
  key: Promise<string>;
  /** Whether nothing else is in it. */
  isAlone: boolean;
}

/** Bundles of npm packages, and what is in them. */
export class Packages {
  #places = new Map<string, Place>();
  #parts = new Map<string, BundlePart>();
  /** What cannot be bundled together with all else. */
  #alone = new Set<string>();

  /**
   * The key of the module for something that a program imports of a package.
   *
   * @throws {TypeError} If it cannot be bundled.
   */
  async key(
    program: Program,
    target: Target,
    cachedOnly: boolean,
  ): Promise<string> {
    while (true) {
      const { key, isAlone } = this.#places.get(idOf(target)) ??
        this.#place(program, target, cachedOnly);
      try {
        return await key;
      } catch (error) {
        // Else one of the others may be to blame, and may not even be for other machines.
        if (isAlone) throw error;
      }
    }
  }

  /** Begins a bundle of all that a program imports and that is in none yet. */
  #place(program: Program, target: Target, cachedOnly: boolean): Place {
    const own = idOf(target);
    const rest = this.#alone.has(own)
      ? []
      : program.packageTargets().filter((other) => {
        const id = idOf(other);
        return id !== own && !this.#places.has(id) && !this.#alone.has(id);
      });
    const targets = [target, ...rest]
      .sort((a, b) => idOf(a) < idOf(b) ? -1 : 1);
    const isAlone = rest.length === 0;
    const bundled = this.#bundle(program, targets, cachedOnly);
    for (const [i, id] of targets.map(idOf).entries()) {
      const key = bundled.then((keys) => {
        if (keys[i] !== undefined) return keys[i];
        throw new TypeError(`"${id}" cannot be bundled with the others`);
      });
      key.catch(() => {
        this.#places.delete(id);
        if (!isAlone) this.#alone.add(id);
      });
      this.#places.set(id, { key, isAlone });
    }
    return this.#places.get(own)!;
  }

  /** A part by its key. */
  part(key: string): BundlePart | undefined {
    return this.#parts.get(key);
  }

  /** The keys of what can be bundled together; of the rest there is none. */
  async #bundle(
    program: Program,
    targets: Target[],
    cachedOnly: boolean,
  ): Promise<(string | undefined)[]> {
    const found = await bundleMost(program, targets, cachedOnly);
    for (const part of found.bundle.parts) {
      this.#parts.set(bundleKey(found.hash, part.name), {
        part,
        map: () => found.bundle.map(part.name),
      });
    }
    const keys = new Map(
      found.targets.map((target, i) => [
        target,
        bundleKey(found.hash, found.bundle.entries[i]!),
      ]),
    );
    return targets.map((target) => keys.get(target));
  }
}

/** What was bundled together. */
interface Together {
  bundle: Bundle;
  hash: string;
  targets: Target[];
}

/** Bundles all that can be bundled together, as apart they would share no state. */
async function bundleMost(
  program: Program,
  targets: Target[],
  cachedOnly: boolean,
): Promise<Together> {
  try {
    return await bundleAll(program, targets, cachedOnly);
  } catch (error) {
    if (
      targets.length === 1 || !(error instanceof BundleError) || error.isGeneral
    ) throw error;
    const rest = targets.filter(({ url }) => !blames(error.complaints, url));
    if (rest.length > 0 && rest.length < targets.length) {
      try {
        return await bundleAll(program, rest, cachedOnly);
      } catch {
        // The complaint was of something else.
      }
    }
    const culprits = new Set(await findCulprits(program, targets, cachedOnly));
    const others = targets.filter((target) => !culprits.has(target));
    if (others.length === 0) throw error;
    return await bundleAll(program, others, cachedOnly);
  }
}

/** Whether complaints are of the package that something is imported of. */
function blames(complaints: string, url: string): boolean {
  const name = url.startsWith("npm:")
    ? /^npm:\/?((?:@[^/]+\/)?[^@/]+)/.exec(url)?.[1]
    : packageOf(url);
  if (name === undefined) return false;
  const escaped = RegExp.escape(name);
  return new RegExp(
    `/node_modules/${escaped}/|/npm/[^/\\s]+/${escaped}/\\d|npm:/?${escaped}[@/]`,
  ).test(complaints);
}

/** Those of some targets that cannot be bundled, if they cannot be bundled together. */
async function findCulprits(
  program: Program,
  targets: Target[],
  cachedOnly: boolean,
): Promise<Target[]> {
  if (targets.length === 1) return targets;
  const middle = targets.length >> 1;
  const found: Target[] = [];
  for (const half of [targets.slice(0, middle), targets.slice(middle)]) {
    try {
      await bundleAll(program, half, cachedOnly);
    } catch {
      found.push(...await findCulprits(program, half, cachedOnly));
    }
  }
  // Else each can be bundled, but not with the other ones.
  return found.length === 0 ? targets.slice(middle) : found;
}

async function bundleAll(
  program: Program,
  targets: Target[],
  cachedOnly: boolean,
): Promise<Together> {
  const hash = await hashOf(program, targets);
  const bundle = await cachedBundle(hash) ??
    await make(program, targets, { hash, cachedOnly });
  return { bundle, hash, targets };
}

function idOf({ url, type }: Target): string {
  return withType(url, type);
}

async function hashOf(program: Program, targets: Target[]): Promise<string> {
  const text = JSON.stringify([
    FORMAT,
    Deno.version.deno,
    targets.map(idOf),
    Object.entries(program.packages).sort(([a], [b]) => a < b ? -1 : 1),
  ]);
  const bytes = new TextEncoder().encode(text);
  const hash = await crypto.subtle.digest("SHA-256", bytes);
  return new Uint8Array(hash).toHex().slice(0, 32);
}

async function make(
  program: Program,
  targets: Target[],
  { hash, cachedOnly }: { hash: string; cachedOnly: boolean },
): Promise<Bundle> {
  const { parts, entries } = await bundlePackages(
    targets,
    program.cwd,
    cachedOnly,
  );
  const ready = await Promise.all(
    parts.map((part) => toPart(part, program.cwd)),
  );
  const sources = new Set(parts.flatMap(({ map }) => map.sources));
  sources.delete(null);
  for (const path of ready.flatMap(({ files }) => files)) sources.add(path);
  return await keepBundle(hash, {
    parts: ready,
    entries,
    maps: new Map(parts.map(({ name, map }) => [name, map])),
    files: changeable([...sources] as string[]),
  });
}

/** Deno never changes its own copies of packages; in a project's folder anybody may. */
function changeable(paths: string[]): string[] {
  const files = paths.filter((path) =>
    path.includes("/node_modules/") || packageOf(path) === undefined
  );
  const descriptions = files.flatMap((path) => {
    const end = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+\//.exec(path)?.[0];
    return end === undefined ? [] : [`${end}package.json`];
  });
  return [...new Set([...files, ...descriptions])].sort();
}

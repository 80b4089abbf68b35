// A part of a bundle of npm packages as a module of the graph, and the places in the packages that
// its code came from.

import { RecentMap } from "../wire/recent_map.ts";
import type { GraphModule, OriginalPlace } from "./graph.ts";
import type { BundlePart } from "./npm.ts";
import type { RawSourceMap } from "./npm_bundle.ts";
import { pathToFileURL } from "node:url";
import { Realigner } from "./realign.ts";
import { SourceMap } from "./source_map.ts";
import { toForwarded } from "./urls.ts";

/**
 * The module of a part.
 *
 * @param key Its key.
 * @param part The part.
 * @param read Reads the files that it came from.
 */
export function packageModule(
  key: string,
  { part, map }: BundlePart,
  read: (path: string) => string = Deno.readTextFileSync,
): GraphModule {
  const url = (name: string) => new URL(name, key).href;
  let places: Places | undefined;
  return {
    url: key,
    record: {
      url: toForwarded(key),
      source: part.source,
      places: part.places.map((place) =>
        place[2] === "import"
          ? [place[0], place[1], "import", toForwarded(url(place[3]))]
          : place
      ),
    },
    imports: part.imports.map(url),
    original(line, column) {
      // Maps of packages are large, and wanted only after an error.
      places ??= new Places(key, map(), read);
      return places.original(line, column);
    },
  };
}

/** How many files are kept ready for the next error, over all parts. */
const MAX_FILES = 64;

/** What was read of packages to find places. Looking through a large file takes half a second. */
const realigners = new RecentMap<string, Realigner | "none">(MAX_FILES);

/** Where the code of a part came from. */
class Places {
  #key: string;
  #read: (path: string) => string;
  #map: SourceMap | undefined;
  #texts = new Map<string, string>();

  constructor(
    key: string,
    json: string | undefined,
    read: (path: string) => string,
  ) {
    this.#key = key;
    this.#read = read;
    if (json === undefined) return;
    const { sources, sourcesContent }: RawSourceMap = JSON.parse(json);
    this.#map = new SourceMap(json);
    for (const [i, source] of sources.entries()) {
      if (source !== null) this.#texts.set(source, sourcesContent[i] ?? "");
    }
  }

  original(line: number, column: number): OriginalPlace | undefined {
    const found = this.#map?.original(line, column);
    if (found === undefined || found.source === null) return undefined;
    const url = pathToFileURL(found.source).href;
    const realigner = this.#realigner(found.source);
    return realigner === undefined
      ? { url, line: found.line, column: found.column }
      : { url, ...realigner.original(found) };
  }

  #realigner(path: string): Realigner | undefined {
    const id = `${this.#key} ${path}`;
    let realigner = realigners.get(id);
    if (realigner === undefined) {
      try {
        realigner = new Realigner(this.#texts.get(path)!, this.#read(path));
      } catch {
        realigner = "none"; // It went, and is not looked for again.
      }
      realigners.set(id, realigner);
    }
    return realigner === "none" ? undefined : realigner;
  }
}

// A part of a bundle of npm packages as a module of the graph, and the places in the packages that
// its code came from.

import type { GraphModule, OriginalPlace } from "./graph.ts";
import type { BundlePart } from "./npm.ts";
import type { RawSourceMap } from "./npm_bundle.ts";
import { realign } from "./realign.ts";
import { SourceMap } from "./source_map.ts";
import { toForwarded } from "./urls.ts";

/** The module of a part. */
export function packageModule(
  key: string,
  { part, map }: BundlePart,
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
      places ??= new Places(map());
      return places.original(line, column);
    },
  };
}

/** Where the code of a part came from. */
class Places {
  #map: SourceMap | undefined;
  #texts = new Map<string, string>();

  constructor(json: string | undefined) {
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
    const url = `file://${
      encodeURI(found.source).replace(/[?#]/g, encodeURIComponent)
    }`;
    try {
      const file = Deno.readTextFileSync(found.source);
      return { url, ...realign(this.#texts.get(found.source)!, file, found) };
    } catch {
      return { url, line: found.line, column: found.column };
    }
  }
}

// Where code that was transformed stood before. The source map package is bundled into one file by
// `deno task bundle`.

import * as traceMapping from "./source_map.gen.js";

/** A source map that the package has read. */
type TraceMap = object;

interface Package {
  TraceMap: new (json: string) => TraceMap;
  originalPositionFor(
    map: TraceMap,
    place: { line: number; column: number },
  ): { source: string | null; line: number; column: number } | { line: null };
}

const { TraceMap, originalPositionFor } = traceMapping as unknown as Package;

/** A source map, which is not decoded before it is asked. */
export class SourceMap {
  #json: string;
  #map: TraceMap | undefined;

  constructor(json: string) {
    this.#json = json;
  }

  /**
   * The original place.
   *
   * @param line The line, from 1.
   * @param column The column, from 1.
   */
  original(
    line: number,
    column: number,
  ): { source: string | null; line: number; column: number } | undefined {
    // Where the far side says it was, which may be anything.
    if (line < 1 || column < 1) return undefined;
    this.#map ??= new TraceMap(this.#json);
    const found = originalPositionFor(this.#map, { line, column: column - 1 });
    if (found.line === null) return undefined;
    const { source } = found;
    return { source, line: found.line, column: found.column + 1 };
  }
}

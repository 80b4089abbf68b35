// Stacks from the far side, in the terms of the controller: its paths, lines and columns.

import type { ModuleGraph } from "./graph.ts";
import { originalPositionFor, TraceMap } from "./source_map.ts";
import { fromForwarded } from "./urls.ts";

const PLACE =
  /(tongs:\/\/\/[^\s()"']+?(?: (?:json|text|bytes))?)(?::(\d+):(\d+))?(?=$|[\s()"',]|: )/gm;

/** Puts the controller's own places into a text from the far side, such as a stack. */
export function translatePlaces(text: string, graph: ModuleGraph): string {
  if (!text.includes("tongs:///")) return text;
  return text.replace(
    PLACE,
    (_whole, forwarded: string, line?: string, column?: string) => {
      const url = fromForwarded(forwarded.split(" ")[0]!);
      if (line === undefined || column === undefined) return url;
      const map = graph.get(forwarded)?.map;
      if (map === undefined) return `${url}:${line}:${column}`;
      const place = originalPositionFor(new TraceMap(map), {
        line: Number(line),
        column: Number(column) - 1,
      });
      if (place.line === null) return `${url}:${line}:${column}`;
      return `${url}:${place.line}:${place.column + 1}`;
    },
  );
}

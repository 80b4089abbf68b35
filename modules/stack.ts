// Stacks from the far side, in the terms of the controller: its paths, lines and columns.

import type { ModuleSource } from "./module_source.ts";

const PLACE = /(tongs:\/\/\/[^\s()"']+?)(?::(\d+):(\d+))?(?=$|[\s()"',]|: )/gm;

/** How many places of one text are looked up: more than a stack has that somebody reads. */
const MAX_PLACES = 100;

/**
 * Puts the controller's own places into a text from the far side, such as a stack. The text may be
 * made to cost as much as can be, so that what comes after many places stays as it is.
 */
export function translatePlaces(text: string, graph: ModuleSource): string {
  if (!text.includes("tongs:///")) return text;
  const known = new Map<string, string>();
  return text.replace(
    PLACE,
    (whole, forwarded: string, line?: string, column?: string) => {
      let place = known.get(whole);
      if (place === undefined) {
        if (known.size === MAX_PLACES) return whole;
        place = translate(graph, { forwarded, line, column });
        known.set(whole, place);
      }
      return place;
    },
  );
}

function translate(
  graph: ModuleSource,
  { forwarded, line, column }: {
    forwarded: string;
    line: string | undefined;
    column: string | undefined;
  },
): string {
  const url = graph.readable(forwarded);
  if (line === undefined || column === undefined) return url;
  const found = graph.get(forwarded)?.original?.(Number(line), Number(column));
  return found === undefined
    ? `${url}:${line}:${column}`
    : `${found.url ?? url}:${found.line}:${found.column}`;
}

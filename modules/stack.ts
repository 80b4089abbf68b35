// Stacks from the far side, in the terms of the controller: its paths, lines and columns.

import type { ModuleSource } from "./module_source.ts";

const PLACE = /(tongs:\/\/\/[^\s()"']+?)(?::(\d+):(\d+))?(?=$|[\s()"',]|: )/gm;

/** Puts the controller's own places into a text from the far side, such as a stack. */
export function translatePlaces(text: string, graph: ModuleSource): string {
  if (!text.includes("tongs:///")) return text;
  return text.replace(
    PLACE,
    (_whole, forwarded: string, line?: string, column?: string) => {
      const url = graph.readable(forwarded);
      if (line === undefined || column === undefined) return url;
      const found = graph.get(forwarded)
        ?.original?.(Number(line), Number(column));
      return found === undefined
        ? `${url}:${line}:${column}`
        : `${found.url ?? url}:${found.line}:${found.column}`;
    },
  );
}

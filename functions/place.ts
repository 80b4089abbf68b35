// Where code of this program stood before Deno turned it into JavaScript.

import type { OriginalPlace } from "../modules/graph.ts";
import { builtinModule } from "./builtin_module.ts";

/**
 * The place that its author knows.
 *
 * Deno has the source maps of all that it loaded, and applies them to stacks only. So an error is
 * made that claims to come from the place in question.
 *
 * @param url The URL of the script.
 * @param line The line in the script as it runs, from 1.
 * @param column The column in the script as it runs, from 1.
 */
export function originalPlace(
  url: string,
  line: number,
  column: number,
): Required<OriginalPlace> {
  const { Script } = builtinModule<typeof import("node:vm")>("node:vm");
  const script = new Script("new Error().stack", {
    filename: url,
    lineOffset: line - 1,
    columnOffset: column - 1,
  });
  const stack = String(script.runInThisContext());
  const found = /\bat (.+):(\d+):(\d+)/.exec(stack.split("\n")[1] ?? "");
  if (found === null) return { url, line, column };
  return { url: found[1]!, line: Number(found[2]), column: Number(found[3]) };
}

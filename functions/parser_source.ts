// What `deno task bundle` makes `parser.gen.js` of; the one place that names the parser packages.

import { type Options, Parser } from "npm:acorn@8.19.0";
import importPhases from "npm:acorn-import-phases@1.0.4";

export { analyze } from "npm:eslint-scope@9.1.2";

// `import source` and `import defer`, which Deno takes and acorn alone does not.
const PhasesParser = Parser.extend(importPhases());

/** Parses a script or a module. */
export function parse(source: string, options: Options): unknown {
  return PhasesParser.parse(source, options);
}

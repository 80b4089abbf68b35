// What the modules and the code that a far side was sent import by specifiers that stand in them:
// the controller's own code says that it may have these, whatever they are.

import type { ModuleRecord } from "../wire/messages.ts";
import { withType } from "./urls.ts";

/** The `import(` of a function that goes by value, see `functions/code.ts`. */
const IMPORT_OF_CODE = /\$tongs_*import(?=\s*\()/g;

const names = new WeakMap<ModuleRecord, Promise<ReadonlySet<string>>>();

/** Whether a function that goes by value may name any import at all. */
export function namesImports({ source }: ModuleRecord): boolean {
  return source.search(IMPORT_OF_CODE) >= 0;
}

/** The specifiers in a module or in code, each with the type that it is imported as. */
export function namedImports(
  record: ModuleRecord,
): Promise<ReadonlySet<string>> {
  let named = names.get(record);
  if (named === undefined) {
    named = find(record);
    names.set(record, named);
  }
  return named;
}

async function find(
  { url, source, code }: ModuleRecord,
): Promise<ReadonlySet<string>> {
  const { findImports } = await import("./lexer.ts");
  const text = code === undefined
    ? source
    : source.replace(IMPORT_OF_CODE, "import");
  const found = new Set<string>();
  try {
    for (const one of findImports(text, url)) {
      if (one.kind === "meta" || one.specifier === undefined) continue;
      found.add(withType(one.specifier, one.type));
    }
  } catch {
    // A function of a script may be what no module can be; then it names nothing.
  }
  return found;
}

// The code of a function as it is served: addressed by what it holds, so that the same closure is
// sent once, with the modules that it imports.

import { type GraphModule, tongsFor } from "../modules/graph.ts";
import type { ModuleSource } from "../modules/module_source.ts";
import { toForwarded, withType } from "../modules/urls.ts";
import { CODE_URL } from "../wire/shipped.ts";
import type { Code } from "./code.ts";
import { digest } from "./digest.ts";
import { isMainModule } from "./reference.ts";
import { originalPlace } from "./place.ts";
import { offsetOf, placeOf } from "./script.ts";
import type { Site } from "./site.ts";

const modules = new WeakMap<Code, Promise<GraphModule>>();

/**
 * The module of some code.
 *
 * @throws {TypeError} If it imports what cannot be sent.
 */
export function codeModule(
  site: Site,
  code: Code,
  graph: ModuleSource,
): Promise<GraphModule> {
  let module = modules.get(code);
  if (module === undefined) {
    module = makeModule(site, code, graph);
    modules.set(code, module);
    module.catch(() => modules.delete(code)); // What it lacks may come to be.
  }
  return module;
}

async function makeModule(
  site: Site,
  code: Code,
  graph: ModuleSource,
): Promise<GraphModule> {
  // Code that was made of text has no place of its own.
  const referrer = site.script.url || Deno.mainModule;
  const keys = await Promise.all(
    code.imports.map(async ({ specifier, type, names }) => {
      const key = await graph.resolve(specifier, referrer);
      return withType(tongsFor(key, names), type);
    }),
  );
  const imports = keys.filter((key) => !/^(node|data):/.test(key));
  for (const key of imports) await checkImport(site, key, graph);
  const { source } = code;
  const targets = keys.map(toForwarded);
  const content = JSON.stringify([
    referrer,
    source,
    targets,
    code.originalOffset(0),
  ]);
  const url = CODE_URL + await digest(content);
  return {
    url,
    record: {
      url,
      source: `${source}\n//# sourceURL=${url}`,
      places: [],
      code: {
        imports: targets,
        referrer: toForwarded(referrer),
        url: referrer,
      },
    },
    imports,
    original(line, column) {
      const { url, source: script } = site.script;
      const offset = code.originalOffset(
        offsetOf(source, line - 1, column - 1),
      );
      const place = placeOf(script, offset);
      if (url === "") return { url: "<anonymous>", ...place };
      return originalPlace(url, place.line, place.column);
    },
  };
}

/** The far side must not run the main module, not even because something imports it. */
async function checkImport(
  site: Site,
  key: string,
  graph: ModuleSource,
): Promise<void> {
  const main = (await graph.closure(key)).find(({ url }) => isMainModule(url));
  if (main === undefined) return;
  throw new TypeError(
    `Cannot send ${site.describe()}: it imports "${key}", which imports the main module "${main.url}"; ` +
      `move what it needs from there to a module of its own`,
  );
}

// How a function that goes by value is made, as it is served: addressed by what it holds, so that it
// is sent once.

import type { GraphModule } from "../modules/graph.ts";
import type { ModuleSource } from "../modules/module_source.ts";
import type { Plan, ShippedUnit } from "../wire/messages.ts";
import { RecentMap } from "../wire/recent_map.ts";
import { MAX_KEPT, PLAN_URL } from "../wire/shipped.ts";
import type { Capture } from "./capture.ts";
import { codeModule } from "./code_module.ts";
import { digest } from "./digest.ts";

/** The addresses of plans: hashing takes longer than a call. */
const urls = new RecentMap<string, string>(MAX_KEPT);

/**
 * The plan of a function, and after it the code of its units.
 *
 * @throws {TypeError} If they import what cannot be sent.
 */
export async function planModules(
  { units, root }: Capture,
  graph: ModuleSource,
): Promise<GraphModule[]> {
  const code: GraphModule[] = [];
  const imports = new Set<string>();
  const shipped: ShippedUnit[] = [];
  for (const unit of units) {
    if (unit.kind === "reference") {
      for (const module of unit.reference.modules) imports.add(module);
      shipped.push(unit.reference.name);
    } else if (unit.kind === "bound") {
      shipped.push({ target: unit.target, cells: unit.cells });
    } else {
      const { cells, early, properties = null } = unit;
      const module = await codeModule(unit.site, unit.code, graph);
      code.push(module);
      imports.add(module.url);
      shipped.push({ code: module.url, cells, early, properties });
    }
  }
  const plan: Plan = { units: shipped, root };
  const content = JSON.stringify(plan);
  let url = urls.get(content);
  if (url === undefined) {
    url = PLAN_URL + await digest(content);
    urls.set(content, url);
  }
  const record = { url, source: "", places: [], plan };
  return [{ url, record, imports: [...imports] }, ...code];
}

// Projects of a moment whose functions are called on a far side.

import { exported, Local, type TunnelOptions } from "../../mod.ts";
import { project } from "./tunnels.ts";

/** The files of a project, by their paths in it. */
export type Files = Record<string, string>;

/** Calls an export of a module: `export`, or `export module.ts`. */
// deno-lint-ignore no-explicit-any
export type Call = (name: string, ...args: unknown[]) => Promise<any>;

/** Does something with a project of its own, that has exports of `main.ts` and of other modules. */
export async function inProject(
  files: Files,
  fn: (call: Call, dir: string) => Promise<void>,
  options: TunnelOptions = {},
): Promise<void> {
  await using own = await project({ "deno.json": "{}", ...files });
  await using here = new Local("here", { onLog: () => {}, ...options });
  await fn((name, ...args) => {
    const [key, file = "main.ts"] = name.split(" ") as [string, string?];
    return here.call(
      exported<(...args: unknown[]) => unknown>(own.url(file), key),
      ...args,
    );
  }, own.dir);
}

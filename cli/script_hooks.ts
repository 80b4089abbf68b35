// The hooks through which a script that `tongs run` runs finds tongs.

import { type LoadFnOutput, registerHooks } from "node:module";
import process from "node:process";
import { findImports } from "../modules/lexer.ts";
import { OWN_MODULES, putOwnFirst } from "../modules/resolve.ts";

/** To a load hook: leave it to the runtime. */
const NATIVE = { source: null, shortCircuit: true } as unknown as LoadFnOutput;

/** Imports all of tongs that a script can name. */
export async function importTongs(): Promise<void> {
  await Promise.all([...OWN_MODULES.values()].map((url) => import(url)));
}

/**
 * Makes "tongs" mean this tongs in every module from now on, here and on far sides.
 *
 * @param main A module that is yet to be imported, and is to believe that it is the main one.
 */
export function hookTongs(main?: string): void {
  putOwnFirst();
  registerHooks({
    resolve: (specifier, context, next) => {
      const url = OWN_MODULES.get(specifier);
      return url === undefined
        ? next(specifier, context)
        : { url, shortCircuit: true };
    },
    // Deno looks at the imports of a module before it asks any hook what they mean, and only where
    // there is a hook of this kind does it not mind those that it does not know.
    load: (url, context, next) => {
      if (url !== main) return NATIVE;
      const { source } = next(url, context);
      return typeof source === "string"
        ? { source: asMain(source, url), format: "module", shortCircuit: true }
        : NATIVE;
    },
  });
}

/** Makes this process say of itself that it runs a script. */
export function playMain(script: string, args: string[]): void {
  const values = { args: Object.freeze([...args]), mainModule: script };
  for (const [name, value] of Object.entries(values)) {
    // They are accessors, whose setters do nothing.
    Object.defineProperty(Deno, name, { value, enumerable: true });
  }
  const path = decodeURIComponent(new URL(script).pathname);
  process.argv.splice(1, Infinity, path, ...args);
}

/** The source of a module with its `import.meta.main` true, and everything at its place. */
function asMain(source: string, url: string): string {
  let result = "";
  let end = 0;
  for (const found of importMetas(source, url)) {
    const main = /^\s*\.\s*main\b/.exec(source.slice(found.end))?.[0];
    const next = found.end + (main?.length ?? 0);
    const text = source.slice(found.start, next);
    result += source.slice(end, found.start) +
      (main === undefined
        ? `Object.assign(${text},{main:true})`
        : `true${text.slice(4).replace(/\S/g, " ")}`);
    end = next;
  }
  return result + source.slice(end);
}

function importMetas(
  source: string,
  url: string,
): { start: number; end: number }[] {
  try {
    return findImports(source, url).filter(({ kind }) => kind === "meta");
  } catch {
    return []; // The runtime finds better words for what is wrong with it.
  }
}

// What a specifier means. Relative ones are plain URLs; names go through the project's import
// map, and Deno itself is asked for those, so that they mean what they mean on the controller.

import { REMOTE_URL } from "./urls.ts";

const OWN_MODULE = new URL("../mod.ts", import.meta.url).href;
const OWN_FACTS = new URL("../facts.ts", import.meta.url).href;

/** The specifiers that the far side's own runtime resolves. */
const NATIVE = /^(node|data):/;

/** How `deno info` describes a module, as far as it matters here. */
interface InfoModule {
  specifier: string;
  dependencies?: {
    specifier: string;
    code?: { specifier?: string; error?: string };
  }[];
}

/** Resolves specifiers, and remembers what Deno said about each importing module. */
export class Resolver {
  #info = new Map<string, Promise<Map<string, string>>>();

  /**
   * The URL that `specifier` means in the module `referrer`, or the specifier itself if the far
   * side resolves it.
   *
   * @throws {TypeError} If it means nothing, or nothing that can be sent yet.
   */
  async resolve(specifier: string, referrer: string): Promise<string> {
    if (NATIVE.test(specifier)) return specifier;
    const url = isUrlLike(specifier)
      ? new URL(specifier, referrer).href
      : await this.#byName(specifier, referrer);
    if (url === OWN_MODULE) return REMOTE_URL;
    if (url.startsWith("file:") || NATIVE.test(url)) return url;
    throw new TypeError(
      `Cannot send "${specifier}" imported from "${referrer}" to another machine: ` +
        `imports from npm:, jsr: and https: cannot be sent yet`,
    );
  }

  async #byName(specifier: string, referrer: string): Promise<string> {
    if (/^(npm|jsr):/.test(specifier)) return specifier;
    // In a compiled program there is no Deno to ask, and no import map but its own.
    if (Deno.build.standalone) {
      if (specifier === "tongs") return OWN_MODULE;
      if (specifier === "tongs/facts") return OWN_FACTS;
      throw new TypeError(
        `Cannot resolve "${specifier}" imported from "${referrer}": ` +
          `a compiled program has no import map for modules from outside`,
      );
    }
    if (!this.#info.has(referrer)) {
      const names = askDeno(referrer);
      this.#info.set(referrer, names);
      names.catch(() => this.#info.delete(referrer)); // It may be mended meanwhile.
    }
    const url = (await this.#info.get(referrer)!).get(specifier);
    if (url !== undefined) return url;
    if (specifier === "tongs") return OWN_MODULE;
    throw new TypeError(
      `Cannot resolve "${specifier}" imported from "${referrer}": the import map has no such name`,
    );
  }
}

function isUrlLike(specifier: string): boolean {
  return /^(\.{0,2}\/|file:|https?:)/.test(specifier);
}

/** What the names in a module mean, as `deno info` says. */
async function askDeno(url: string): Promise<Map<string, string>> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--no-lock", url],
    env: { NO_COLOR: "1" },
    // So that the configuration is that of the module, and not of wherever this program runs.
    cwd: new URL(".", url),
  }).output();
  if (!success) {
    throw new TypeError(
      `Cannot read the imports of "${url}": ${
        new TextDecoder().decode(stderr).trim()
      }`,
    );
  }
  const { modules }: { modules: InfoModule[] } = JSON.parse(
    new TextDecoder().decode(stdout),
  );
  const names = new Map<string, string>();
  for (
    const { specifier, code }
      of modules.find((m) => m.specifier === url)?.dependencies ?? []
  ) {
    if (code?.specifier !== undefined) names.set(specifier, code.specifier);
  }
  return names;
}

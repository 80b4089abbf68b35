// `tongs call`: calls a function on hosts.

import { toJson } from "./json.ts";
import { findFunction } from "./module.ts";
import type { Options } from "./options.ts";
import { run } from "./run.ts";
import { showValue } from "./show.ts";
import { UsageError } from "./usage_error.ts";

/**
 * Calls the function.
 *
 * @returns The exit status.
 * @throws {UsageError} If the options make no sense.
 */
export async function call(options: Options): Promise<number> {
  const [file, ...texts] = [...options.operands, ...options.rest ?? []];
  if (file === undefined) {
    throw new UsageError(
      "Cannot call a function: none is named",
      "name a module and a function of it, as in tongs call -H web1 facts.ts#summary",
    );
  }
  const fn = await findFunction(file);
  const args = texts.map(parseArgument);
  return await run(options, {
    run: (tunnel, { signal }) => tunnel.with({ signal }).call(fn, ...args),
    text: showValue,
    record: (value) => value,
    json: toJson,
    note: () => "",
  });
}

function parseArgument(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

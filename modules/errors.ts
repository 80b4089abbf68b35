// Errors about modules and functions that are to travel.

import { TongsError } from "../wire/errors.ts";

/**
 * A far side asked for something that is not a module of this project. It got nothing.
 *
 * @example Its message names what was asked for
 * ```ts
 * import { ModuleAccessError } from "tongs";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new ModuleAccessError("/etc/passwd", "it is not under the project's root");
 * assertEquals(error.specifier, "/etc/passwd");
 * ```
 */
export class ModuleAccessError extends TongsError {
  /** The name of the class. */
  override name = "ModuleAccessError";

  /** What was asked for. */
  readonly specifier: string;

  /**
   * Constructs a new instance.
   *
   * @param specifier What was asked for.
   * @param why Why it is not served.
   */
  constructor(specifier: string, why: string) {
    super(`Cannot serve module "${specifier}": ${why}`);
    this.specifier = specifier;
  }
}

// Where the modules come from that a controller serves: from its disk, or, where the controller is
// itself code on a far side, from the controller before it.

import type { GraphModule } from "./graph.ts";
import type { PackageImport, ResolveOptions } from "./resolve.ts";

/** Finds modules, and what they import. */
export interface ModuleSource {
  /** A module that was read before, by its address on the far side. */
  get(forwarded: string): GraphModule | undefined;
  /** Takes a plan or code of a function that goes by value, or keeps it for longer. */
  keep(module: GraphModule): void;
  /** The key of what `specifier` means in the module `referrer`, or a `node:` or `data:` URL. */
  resolve(
    specifier: string,
    referrer: string,
    options?: ResolveOptions,
  ): Promise<string>;
  /** A module and all that it imports statically, directly or not. */
  closure(
    key: string,
    options?: { cachedOnly?: boolean },
  ): Promise<GraphModule[]>;
  /** Where a function of an npm package may be imported from, likeliest first. */
  packageImports(url: string): Promise<PackageImport[]>;
  /** The root of the project of a module, if computed imports may be answered from it. */
  rootOf(url: string): Promise<string | undefined>;
  /**
   * Checks that a computed import may be answered.
   *
   * @throws {ModuleAccessError} If it may not.
   */
  checkAccess(
    url: string,
    roots: ReadonlySet<string>,
    specifier: string,
  ): Promise<void>;
  /** The address of a module in the terms of this controller. */
  readable(forwarded: string): string;
}

// Functions that go by value: their code is evaluated once, and every call makes them anew with
// what they captured.

import { decodeItems } from "../wire/decode_value.ts";
import type {
  FunctionName,
  ModuleRecord,
  ShippedFunction,
  ShippedUnit,
} from "../wire/messages.ts";

type AnyFunction = (...args: unknown[]) => unknown;

/** A variable that functions share. */
interface Cell {
  v: unknown;
}

/** Lets a class have the values of its private static fields. */
interface Statics {
  set?(values: Record<string, unknown>): void;
}

/** What code is when it is evaluated, see `functions/code.ts`. */
type Evaluated = (
  modules: Record<string, unknown>[],
  cells: Cell[],
  meta: Record<string, unknown>,
  dynamicImport: (specifier: unknown) => Promise<unknown>,
  statics: Statics,
) => AnyFunction;

/** Makes a function of the cells of its variables. */
export type Factory = (cells: Cell[], statics: Statics) => AnyFunction;

/** What code needs of the modules around it. */
export interface CodeModules {
  /** Imports a forwarded module. */
  import(url: string): Promise<Record<string, unknown>>;
  /** Imports what a specifier means in a module. */
  importFrom(referrer: string, specifier: unknown): Promise<unknown>;
  /** Asks the controller for code that is not here any more. */
  need(url: string): Promise<void>;
}

/** How much code is kept: more than the controller takes to be here. */
const MAX_CODE = 2048;

/** The code of functions, the latest last. */
export class CodeCache {
  #modules: CodeModules;
  #records = new Map<string, ModuleRecord>();
  #factories = new Map<string, Factory>();

  constructor(modules: CodeModules) {
    this.#modules = modules;
  }

  /** Takes code that the controller sent. */
  add(record: ModuleRecord): void {
    this.#records.set(record.url, record);
    if (this.#records.size <= MAX_CODE) return;
    const [oldest] = this.#records.keys();
    this.#records.delete(oldest!);
    this.#factories.delete(oldest!);
  }

  /** What makes a function, if its code was used before. */
  get(url: string): Factory | undefined {
    const record = this.#records.get(url);
    if (record !== undefined) {
      this.#records.delete(url);
      this.#records.set(url, record);
    }
    return this.#factories.get(url);
  }

  /** Evaluates code, once its modules are there. */
  async load(url: string): Promise<Factory> {
    if (!this.#records.has(url)) await this.#modules.need(url);
    const { source, code } = this.#records.get(url)!;
    const { imports, referrer, url: original } = code!;
    const modules = await Promise.all(
      imports.map((url) => this.#modules.import(url)),
    );
    // An indirect `eval`, and no module: what is not used any more can be forgotten.
    const evaluated = (0, eval)(source) as Evaluated;
    const factory: Factory = (cells, statics) =>
      evaluated(
        modules,
        cells,
        meta(original),
        (specifier) => this.#modules.importFrom(referrer, specifier),
        statics,
      );
    if (this.#records.has(url)) this.#factories.set(url, factory);
    return factory;
  }
}

/** What `import.meta` is in a function: that of the module that it was written in. */
function meta(url: string): Record<string, unknown> {
  const isFile = url.startsWith("file:");
  const { pathname } = new URL(url);
  const filename = decodeURIComponent(pathname);
  return {
    __proto__: null,
    url,
    main: false,
    ...(isFile
      ? { filename, dirname: filename.replace(/\/[^/]*$/, "") || "/" }
      : {}),
    resolve: (specifier: string) => new URL(specifier, url).href,
  };
}

/**
 * Makes a function with all that it took along.
 *
 * @param shipped What was sent.
 * @param factories What makes each of its units that is made by code.
 * @param named Finds a function by its name.
 */
export function assemble(
  { units, root, values }: ShippedFunction,
  factories: (Factory | undefined)[],
  named: (number: number) => AnyFunction,
): AnyFunction {
  const cells: Cell[] = [];
  const cell = (number: number) => cells[number] ??= { v: undefined };
  const setters: [Statics, number][] = [];
  const functions: AnyFunction[] = [];
  for (const [i, unit] of units.entries()) {
    functions[i] = make(unit, i);
  }

  function make(unit: ShippedUnit, i: number): AnyFunction {
    if ("code" in unit) {
      for (const [number, base] of unit.early) cell(number).v = functions[base];
      const statics: Statics = {};
      if (unit.properties !== null) setters[i] = [statics, unit.properties];
      return factories[i]!(unit.cells.map(cell), statics);
    }
    if ("target" in unit) {
      const [self, first] = unit.cells.map(cell);
      return (...args) =>
        Reflect.apply(functions[unit.target]!, self!.v, [
          ...first!.v as unknown[],
          ...args,
        ]);
    }
    return named(i);
  }

  // The functions are there before the values that hold them, and the values in time for the call.
  const held = decodeItems(values, functions) as unknown[];
  for (const [number, value] of held.entries()) cell(number).v = value;
  setters.forEach(([statics, number], i) =>
    setProperties(functions[i]!, cells[number]!.v, statics)
  );
  return functions[root]!;
}

function setProperties(
  fn: AnyFunction,
  values: unknown,
  statics: Statics,
): void {
  for (const [name, value] of Object.entries(values as object)) {
    if (name.startsWith("#")) continue;
    Object.defineProperty(fn, name, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  statics.set?.(values as Record<string, unknown>);
}

const NAMELESS_FRAME =
  /at eval \((tongs:\/\/\/!code\/\w+), <anonymous>(:\d+:\d+)\)/g;
const FRAME = /(tongs:\/\/\/!code\/\w+), <anonymous>(?=:\d+:\d+)/g;

/** Puts places in code of functions, which Deno shows as those of any `eval`, into the usual form. */
export function readableCode(text: string): string {
  return text.replace(NAMELESS_FRAME, "at $1$2").replace(FRAME, "$1");
}

/** Whether a call names its function, rather than bringing it along. */
export function isNamed(
  fn: FunctionName | ShippedFunction,
): fn is FunctionName {
  return !("units" in fn);
}

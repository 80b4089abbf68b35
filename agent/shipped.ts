// Functions that go by value: how to make one is worked out once, and every call makes it anew
// with what it captured.

import { decodeItems } from "../wire/decode_items.ts";
import type {
  FunctionName,
  ModuleRecord,
  Plan,
  ShippedUnit,
} from "../wire/messages.ts";
import { RecentMap } from "../wire/recent_map.ts";
import { MAX_KEPT, PLAN_URL } from "../wire/shipped.ts";
import { importMeta } from "./import_meta.ts";

type AnyFunction = (...args: unknown[]) => unknown;

/** A variable that functions share. */
interface Cell {
  v: unknown;
}

/** How code gets values that are there only after it. */
interface Statics {
  /** Reads the cells of what stays the same. */
  fill?(): void;
  /** Takes the values of private static fields. */
  set?(values: Record<string, unknown>): void;
}

/** What a function has besides its code, see `functions/members.ts`. */
interface Members {
  own?: object;
  privates?: Record<string, unknown>;
  members?: object;
  base?: object | null;
  prototype?: unknown;
}

/** What code is when it is evaluated, see `functions/code.ts`. */
type Evaluated = (
  modules: Record<string, unknown>[],
  cells: Cell[],
  meta: Record<string, unknown>,
  dynamicImport: (specifier: unknown, options?: unknown) => Promise<unknown>,
  statics: Statics,
) => AnyFunction;

/** Makes a function of the cells of its variables. */
type Factory = (cells: Cell[], statics: Statics) => AnyFunction;

/** Makes a function of the encoded values that it captured. */
export type Maker = (values: Uint8Array | undefined) => AnyFunction;

/** What {@linkcode Shipped} needs of the realm around it. */
export interface ShippedOptions {
  /** Imports a forwarded module. */
  import(url: string): Promise<Record<string, unknown>>;
  /** Imports what a specifier means in a module. */
  importFrom(
    referrer: string,
    specifier: unknown,
    options?: unknown,
  ): Promise<unknown>;
  /** Asks the controller for what is not here any more. */
  need(url: string): Promise<void>;
  /** Finds what is there under a name. */
  find(name: FunctionName): Promise<unknown>;
}

/** The functions that came by value. */
export class Shipped {
  #options: ShippedOptions;
  #records = new RecentMap<string, ModuleRecord>(MAX_KEPT);
  #factories = new RecentMap<string, Factory>(MAX_KEPT);
  #makers = new RecentMap<string, Maker>(MAX_KEPT);

  constructor(options: ShippedOptions) {
    this.#options = options;
  }

  /** Takes a plan or code that the controller sent. */
  add(record: ModuleRecord): void {
    this.#records.set(record.url, record);
  }

  /** What makes a function, if it was called before. */
  get(plan: string): Maker | undefined {
    return this.#makers.get(plan);
  }

  /** Works out how to make a function. */
  async load(name: string): Promise<Maker> {
    const plan = (await this.#record(PLAN_URL + name)).plan!;
    const parts = await Promise.all(plan.units.map(async (unit) => {
      if ("code" in unit) {
        return this.#factories.get(unit.code) ??
          await this.#evaluate(unit.code);
      }
      if ("target" in unit) return undefined;
      const found = await this.#options.find(unit);
      return () => found as AnyFunction;
    }));
    const maker: Maker = (values) => assemble(plan, parts, values);
    this.#makers.set(name, maker);
    return maker;
  }

  async #evaluate(url: string): Promise<Factory> {
    const { source, code } = await this.#record(url);
    const { imports, referrer, url: original } = code!;
    const modules = await Promise.all(
      imports.map((url) => this.#options.import(url)),
    );
    // An indirect `eval`, and no module: what is not used any more can be forgotten.
    const evaluated = (0, eval)(source) as Evaluated;
    const ownMeta = importMeta(original);
    const ownImport = importer(referrer, this.#options);
    const factory: Factory = (cells, statics) =>
      evaluated(modules, cells, ownMeta, ownImport, statics);
    this.#factories.set(url, factory);
    return factory;
  }

  async #record(url: string): Promise<ModuleRecord> {
    if (!this.#records.has(url)) await this.#options.need(url);
    return this.#records.get(url)!;
  }
}

const referrers = new WeakMap<object, string>();

/** The module that an `import()` belongs to, which was handed to code. */
export function referrerOf(importer: unknown): string | undefined {
  return typeof importer === "function" ? referrers.get(importer) : undefined;
}

/** Makes the `import()` of a module. */
export function importer(
  referrer: string,
  { importFrom }: Pick<ShippedOptions, "importFrom">,
): (specifier: unknown, options?: unknown) => Promise<unknown> {
  const own = (specifier: unknown, options?: unknown) =>
    importFrom(referrer, specifier, options);
  referrers.set(own, referrer);
  return own;
}

/**
 * Makes a function with all that it took along.
 *
 * @param plan What it is made of.
 * @param parts What makes each of its units, but for bound ones.
 * @param values What was captured.
 */
function assemble(
  { units, root }: Plan,
  parts: (Factory | undefined)[],
  values: Uint8Array | undefined,
): AnyFunction {
  const cells: Cell[] = [];
  const cell = (number: number) => cells[number] ??= { v: undefined };
  const setters: (() => void)[] = [];
  const functions: AnyFunction[] = [];

  function make(unit: ShippedUnit, i: number): AnyFunction {
    const statics: Statics = {};
    if ("target" in unit) {
      const [self, first] = unit.cells.map(cell);
      const target = () => functions[unit.target]!;
      const made = bind(target, self!, first as Cell & { v: unknown[] });
      setters.push(() => nameBound(made, target(), first!.v as unknown[]));
      return made;
    }
    if (!("code" in unit)) return parts[i]!([], statics);
    for (const [number, base] of unit.early) cell(number).v = functions[base];
    const made = parts[i]!(unit.cells.map(cell), statics);
    const { properties } = unit;
    setters.push(() => {
      statics.fill?.();
      if (properties === null) return;
      setMembers(made, cell(properties).v as Members, statics);
    });
    return made;
  }

  // The functions are there before the values that hold them, and the values before the call; only
  // names of members are there before their class.
  const makeAll = (simple: unknown[]) => {
    for (const [number, value] of simple.entries()) {
      if (value !== undefined) cell(number).v = value;
    }
    for (const [i, unit] of units.entries()) functions.push(make(unit, i));
    return functions;
  };
  const held = values === undefined
    ? (makeAll([]), [])
    : decodeItems(values, makeAll);
  for (const [number, value] of held.entries()) cell(number).v = value;
  for (const set of setters) set();
  return functions[root]!;
}

/** Binds a function that is not there yet. */
function bind(
  target: () => AnyFunction,
  self: Cell,
  first: { v: unknown[] },
): AnyFunction {
  return function bound(...args: unknown[]): unknown {
    const all = [...first.v, ...args];
    return new.target === undefined
      ? Reflect.apply(target(), self.v, all)
      : Reflect.construct(target(), all);
  };
}

/** Gives a bound function what it would have of the one that it is bound of. */
function nameBound(
  bound: AnyFunction,
  target: AnyFunction,
  first: unknown[],
): void {
  const length = Math.max(0, target.length - first.length);
  for (
    const [key, value] of Object.entries({
      name: `bound ${target.name}`,
      length,
    })
  ) {
    Object.defineProperty(bound, key, { value, configurable: true });
  }
}

function setMembers(fn: AnyFunction, found: Members, statics: Statics): void {
  const { own = {}, privates, members = {} } = found;
  Object.defineProperties(fn, Object.getOwnPropertyDescriptors(own));
  if (privates !== undefined) statics.set?.(privates);
  if ("prototype" in found) fn.prototype = found.prototype;
  const prototype: object = fn.prototype;
  if ("base" in found) Object.setPrototypeOf(prototype, found.base!);
  if (prototype) {
    Object.defineProperties(
      prototype,
      Object.getOwnPropertyDescriptors(members),
    );
  }
}

const NAMELESS_FRAME =
  /at (async )?eval \((tongs:\/\/\/!code\/[\w$]+), <anonymous>(:\d+:\d+)\)/g;
const FRAME = /(tongs:\/\/\/!code\/[\w$]+), <anonymous>(?=:\d+:\d+)/g;

/** Puts places in code of functions, which Deno shows as those of any `eval`, into the usual form. */
export function readableCode(text: string): string {
  return text.replace(NAMELESS_FRAME, "at $1$2$3").replace(FRAME, "$1");
}

// What a function takes along: the functions and classes that it uses, and the values of the
// variables that it sees, as they are at the time of the call.

import { type EncodeHooks, encodeItems } from "../wire/encode_value.ts";
import { SerializationError } from "../wire/errors.ts";
import { classOf } from "./classes.ts";
import type { Code } from "./code.ts";
import {
  type BoundDetails,
  type FunctionDetails,
  inspectBound,
  inspectFunction,
  type VisibleScope,
} from "./inspector.ts";
import {
  exportReference,
  knownReference,
  runtimeReference,
} from "./reference.ts";
import { type Site, siteOf } from "./site.ts";
import type { AnyFunction, NamedFunction } from "./types.ts";

/** A variable as it travels; functions that share it share its cell. */
interface Cell {
  number: number;
  name: string;
  /** Reads what goes along now. */
  read(): unknown;
  /** Whether what it holds stays the same thing. */
  constant: boolean;
  /** Says where the variable is declared. */
  place(): string | undefined;
  /** The function that was found to use it first. */
  holder: string;
}

/** A variable of a call of a function, of which there may be others by the same name. */
interface LocalCell {
  cell: Cell;
  scope: VisibleScope;
  written: boolean;
  users: Set<AnyFunction>;
}

/** A function that goes along. */
export type Unit =
  | { kind: "reference"; reference: NamedFunction }
  | { kind: "bound"; target: number; cells: number[] }
  | {
    kind: "code";
    site: Site;
    code: Code;
    cells: number[];
    /** Cells that must hold certain units before this one can be made. */
    early: [cell: number, unit: number][];
    /** The cell of what it has as an object, such as static fields. */
    properties: number | undefined;
  };

/** Collects what a function takes along. */
export class Capture {
  /** The number of the function itself among the units. */
  readonly root: number;

  #units: Unit[] = [];
  #numbers = new Map<AnyFunction, number>();
  #cells: Cell[] = [];
  #shared = new Map<string, Cell>();
  #locals = new Map<string, LocalCell[]>();
  #complete = false;
  #hooks: EncodeHooks;

  /**
   * Looks at a function and all that it uses.
   *
   * @throws {SerializationError} If something that it captured cannot be sent.
   * @throws {TypeError} If it cannot be sent itself.
   */
  constructor(fn: AnyFunction) {
    this.#hooks = {
      functionNumber: (fn) => this.#unit(fn as AnyFunction),
      classNumber: (value) => {
        const found = classOf(value);
        return typeof found === "string" ? found : this.#unit(found);
      },
    };
    this.root = this.#unit(fn);
  }

  /** The functions. */
  get units(): readonly Unit[] {
    return this.#units;
  }

  /** Whether all values but those in objects stay as they are, so that it can be used again. */
  get isLasting(): boolean {
    return this.#cells.every(({ constant }) => constant);
  }

  /** Whether there are no values. */
  get isEmpty(): boolean {
    return this.#cells.length === 0;
  }

  /** Whether nothing in it can ever change. */
  get isImmutable(): boolean {
    return this.isLasting && this.#cells.every((cell) => {
      const value = cell.read();
      return typeof value === "function" ||
        typeof value !== "object" || value === null;
    }) &&
      this.#units.every((unit) =>
        unit.kind !== "code" || unit.properties === undefined
      );
  }

  /**
   * The values, as they are now.
   *
   * @returns Them, or `undefined` if there are functions among them that were not there when it
   * was made.
   */
  encode(): Uint8Array | undefined {
    const count = this.#units.length;
    let current: Cell | undefined;
    try {
      const items = this.#cells.values().map((cell) => {
        current = cell;
        return { name: cell.name, value: cell.read() };
      });
      const bytes = encodeItems(items, this.#hooks);
      if (this.#complete && this.#units.length > count) return undefined;
      this.#complete = true;
      this.#checkLocals();
      return bytes;
    } catch (error) {
      throw current === undefined ? error : explain(error, current);
    }
  }

  #unit(fn: AnyFunction): number {
    const known = this.#numbers.get(fn);
    if (known !== undefined) return known;
    const named = knownReference(fn);
    if (named !== undefined) return this.#addReference(fn, named);
    const details = inspectFunction(fn);
    const bound = details === undefined ? inspectBound(fn) : undefined;
    if (bound !== undefined) return this.#bound(fn, bound);
    const reference = runtimeReference(fn, details) ??
      exportReference(fn, details!);
    if (reference !== undefined) return this.#addReference(fn, reference);
    return this.#code(fn, details!);
  }

  #code(fn: AnyFunction, details: FunctionDetails): number {
    const site = siteOf(fn, details);
    site.check();
    const isVisible = (name: string) =>
      scopeOf(details.scopes, name) !== undefined;
    const captured = site.captured(isVisible);
    const unusable = captured.find(({ early }) => early);
    if (unusable !== undefined) {
      throw new TypeError(
        `Cannot send ${site.describe()}: the name of a member is computed of "${unusable.name}"; ` +
          `move the class to a module of its own and export it there`,
      );
    }
    // A class needs its base first, so that this comes first.
    const base = site.hasBase
      ? Object.getPrototypeOf(fn) as AnyFunction
      : undefined;
    const baseNumber = base === undefined ? 0 : this.#unit(base);
    const unit: Unit & { kind: "code" } = {
      kind: "code",
      site,
      code: site.code(isVisible),
      cells: [],
      early: [],
      properties: undefined,
    };
    const number = this.#units.push(unit) - 1;
    this.#numbers.set(fn, number);
    for (const variable of captured) {
      const scope = scopeOf(details.scopes, variable.name);
      if (scope === undefined) {
        throw new TypeError(
          `Cannot send ${site.describe()}: its variable "${variable.name}" cannot be read`,
        );
      }
      const read = reader(scope.variables, variable.name);
      const makeCell = () =>
        this.#addCell({
          name: variable.name,
          read,
          constant: variable.constant,
          place: variable.place,
          holder: site.describe(),
        });
      const cell = isOfModule(scope)
        ? this.#sharedCell(`${details.scriptId} ${variable.name}`, makeCell)
        : this.#localCell(fn, scope, variable, makeCell);
      unit.cells.push(cell.number);
    }
    if (base !== undefined) {
      const cell = this.#addCell({
        name: base.name,
        read: () => base,
        constant: true,
        place: () => undefined,
        holder: site.describe(),
      });
      unit.cells.push(cell.number);
      unit.early.push([cell.number, baseNumber]);
    }
    const properties = () => ({ ...ownProperties(fn), ...details.privates });
    if (Object.keys(properties()).length > 0) {
      unit.properties = this.#addCell({
        name: fn.name,
        read: properties,
        constant: Object.keys(details.privates).length === 0,
        place: () => undefined,
        holder: site.describe(),
      }).number;
    }
    return number;
  }

  #addReference(fn: AnyFunction, reference: NamedFunction): number {
    const number = this.#units.push({ kind: "reference", reference }) - 1;
    this.#numbers.set(fn, number);
    return number;
  }

  #bound(fn: AnyFunction, bound: BoundDetails): number {
    const target = this.#unit(bound.target as AnyFunction);
    const holder = `the bound function "${fn.name}"`;
    const cells = [["this", bound.boundThis], ["arguments", bound.boundArgs]]
      .map(([name, value]) =>
        this.#addCell({
          name: name as string,
          read: () => value,
          constant: true,
          place: () => undefined,
          holder,
        }).number
      );
    const number = this.#units.push({ kind: "bound", target, cells }) - 1;
    this.#numbers.set(fn, number);
    return number;
  }

  #addCell(cell: Omit<Cell, "number">): Cell {
    const added = { ...cell, number: this.#cells.length };
    this.#cells.push(added);
    return added;
  }

  /** A variable of a module, of which there is one. */
  #sharedCell(key: string, make: () => Cell): Cell {
    let cell = this.#shared.get(key);
    if (cell === undefined) this.#shared.set(key, cell = make());
    return cell;
  }

  /**
   * A variable of a function. Whether two closures see the same one or each its own cannot be
   * asked; where the scopes differ in some value, they are not the same.
   */
  #localCell(
    fn: AnyFunction,
    scope: VisibleScope,
    { name, written }: { name: string; written: boolean },
    make: () => Cell,
  ): Cell {
    const known = this.#locals.get(name) ?? [];
    this.#locals.set(name, known);
    let local = known.find((other) => isAlike(other.scope, scope));
    if (local === undefined) {
      local = { cell: make(), scope, written: false, users: new Set() };
      known.push(local);
    }
    local.written ||= written;
    local.users.add(fn);
    return local.cell;
  }

  #checkLocals(): void {
    const locals = [...this.#locals.values()].flat();
    this.#locals.clear();
    for (const { cell, written, users } of locals) {
      if (!written || users.size < 2) continue;
      const names = [...users].map(({ name }) => `"${name || "(anonymous)"}"`);
      throw new SerializationError(
        `Cannot send ${cell.holder}: whether ${
          names.join(" and ")
        } share the variable ` +
          `${
            describe(cell)
          } or have one each cannot be told, and it changes; ` +
          `keep it in an object, as in state.${cell.name}`,
        cell.name,
      );
    }
  }
}

function scopeOf(
  scopes: VisibleScope[],
  name: string,
): VisibleScope | undefined {
  return scopes.find(({ variables }) => Object.hasOwn(variables, name));
}

function isOfModule({ kind }: VisibleScope): boolean {
  return kind === "Module" || kind === "Script";
}

function isAlike(a: VisibleScope, b: VisibleScope): boolean {
  const names = Object.keys(a.variables);
  return names.length === Object.keys(b.variables).length &&
    names.every((name) =>
      Object.hasOwn(b.variables, name) &&
      Object.is(peek(a.variables, name), peek(b.variables, name))
    );
}

/** Reads a variable now, and keeps nothing of its scope but this one. */
function reader(
  variables: Record<string, unknown>,
  name: string,
): () => unknown {
  try {
    const value = variables[name];
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

const NO_VALUE = Symbol();

function peek(variables: Record<string, unknown>, name: string): unknown {
  try {
    return variables[name];
  } catch {
    return NO_VALUE;
  }
}

/** What a function has as an object: what was put on it, and static fields of a class. */
function ownProperties(fn: AnyFunction): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(Object.getOwnPropertyDescriptors(fn)).flatMap((
      [name, { value, enumerable }],
    ) => enumerable && name !== "prototype" ? [[name, value]] : []),
  );
}

function describe({ name, place }: Cell): string {
  const declared = place();
  return `"${name}"${declared === undefined ? "" : ` (${declared})`}`;
}

/** Says which variable an error is about, unless it says so. */
function explain(error: unknown, cell: Cell): unknown {
  const start = `Cannot send ${cell.holder}: `;
  const variable = `its variable ${describe(cell)}`;
  if (error instanceof ReferenceError) {
    return new SerializationError(
      `${start}${variable} has no value yet; call it further down`,
      cell.name,
      { cause: error },
    );
  }
  if (error instanceof SerializationError) {
    if (/: (its variable|whether) "/.test(error.message)) return error;
    const why = error.message.replace(/^Cannot send (.*?): it is /, "$1 is ");
    return new SerializationError(
      `${start}${variable} cannot go along: ${why}`,
      error.path,
      { cause: error },
    );
  }
  if (error instanceof TypeError) {
    const why = error.message.replace(/^Cannot send /, "it would need ");
    return new SerializationError(
      `${start}${variable} cannot go along: ${why}`,
      cell.name,
      { cause: error },
    );
  }
  return error;
}

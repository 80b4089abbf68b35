// What a function takes along: the functions and classes that it uses, and the values of the
// variables that it sees, as they are at the time of the call.

import { encodeItems, type ItemHooks } from "../wire/encode_items.ts";
import { classOf, ownClass } from "./classes.ts";
import { type Cell, Cells, explain, reader, scopeOf } from "./cells.ts";
import type { Code } from "./code.ts";
import {
  type BoundDetails,
  type FunctionDetails,
  inspectBound,
  inspectFunction,
  type VisibleScope,
} from "./inspector.ts";
import { hasMembers, membersOf } from "./members.ts";
import {
  exportReference,
  knownReference,
  objectReference,
  runtimeReference,
} from "./reference.ts";
import { type Site, siteOf } from "./site.ts";
import type { AnyFunction, NamedFunction } from "./types.ts";

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
  #numbers = new Map<object, number>();
  #cells = new Cells();
  /** The functions with variables that may change. */
  #changing = new Map<AnyFunction, Cell[]>();
  /** The functions that objects hold the static fields of. */
  #statics = new WeakMap<object, AnyFunction>();
  #complete = false;
  #hooks: ItemHooks;

  /**
   * Looks at a function and all that it uses.
   *
   * @param fn The function.
   * @param details What the engine knows of it, if that was asked for already.
   * @throws {SerializationError} If something that it captured cannot be sent.
   * @throws {TypeError} If it cannot be sent itself.
   */
  constructor(fn: AnyFunction, details?: FunctionDetails) {
    this.#hooks = {
      functionNumber: (fn, holder) =>
        this.#unit(fn as AnyFunction, undefined, holder),
      objectNumber: (value) => this.#object(value),
      prototypeNumber: (value) => {
        const found = ownClass(value);
        return found === undefined ? undefined : this.#unit(found);
      },
      classOf: (value, base) => {
        const found = classOf(value, base);
        return typeof found === "function"
          ? this.#unit(found as AnyFunction)
          : found;
      },
    };
    this.root = this.#unit(fn, details);
  }

  /** The functions. */
  get units(): readonly Unit[] {
    return this.#units;
  }

  /**
   * Reads the variables that may have changed since it was made.
   *
   * @returns Whether it can be used again; if not, it must be made anew.
   */
  refresh(): boolean {
    if (!this.#cells.areKnown) return false;
    for (const [fn, number] of this.#numbers) {
      const unit = this.#units[number]!;
      if (unit.kind !== "code" || unit.properties !== undefined) continue;
      if (hasMembers(fn as AnyFunction, unit.site.isClass)) return false; // It was given one.
    }
    for (const [fn, cells] of this.#changing) {
      const { scopes } = inspectFunction(fn)!;
      for (const cell of cells) {
        cell.read = reader(scopeOf(scopes, cell.name)!, cell.name);
      }
    }
    return true;
  }

  /** Whether there are no values. */
  get isEmpty(): boolean {
    return this.#cells.all.length === 0;
  }

  /** Whether nothing in it can ever change. */
  get isImmutable(): boolean {
    return this.#cells.all.every((cell) => {
      if (!cell.constant) return false;
      const value = cell.read();
      return typeof value !== "object" || value === null;
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
      const items = this.#cells.all.values().map((cell) => {
        current = cell;
        return { name: cell.name, value: cell.read() };
      });
      const bytes = encodeItems(items, this.#hooks);
      if (this.#complete && this.#units.length > count) return undefined;
      this.#complete = true;
      this.#cells.check();
      for (const cell of [...this.#changing.values()].flat()) {
        cell.read = () => undefined; // Not to keep alive what the program has let go.
      }
      return bytes;
    } catch (error) {
      throw current === undefined ? error : explain(error, current);
    }
  }

  #unit(fn: AnyFunction, details?: FunctionDetails, holder?: object): number {
    const known = this.#numbers.get(fn);
    if (known !== undefined) return known;
    const named = knownReference(fn);
    if (named !== undefined) return this.#addReference(fn, named);
    details ??= inspectFunction(fn);
    const bound = details === undefined ? inspectBound(fn) : undefined;
    if (bound !== undefined) return this.#bound(fn, bound);
    const reference = runtimeReference(fn, details) ??
      exportReference(fn, details!);
    if (reference !== undefined) return this.#addReference(fn, reference);
    return this.#code(fn, details!, holder);
  }

  #code(fn: AnyFunction, details: FunctionDetails, object?: object): number {
    const site = siteOf(fn, details);
    // Static fields are looked at in an object of their own.
    const holding = object && (this.#statics.get(object) ?? object);
    const receiver = holding !== undefined && site.usesReceiver &&
        site.isReceiver(fn, holding)
      ? holding
      : undefined;
    site.check(details.scopes.length > 0, receiver !== undefined);
    const isVisible = (name: string) =>
      scopeOf(details.scopes, name) !== undefined;
    const captured = site.captured(isVisible);
    // A class needs its base first, so that this comes first.
    const base = site.hasBase
      ? Object.getPrototypeOf(fn) as AnyFunction
      : undefined;
    const baseNumber = base === undefined ? 0 : this.#unit(base);
    const unit: Unit & { kind: "code" } = {
      kind: "code",
      site,
      code: site.code(isVisible, receiver !== undefined),
      cells: [],
      early: [],
      properties: undefined,
    };
    const number = this.#units.push(unit) - 1;
    this.#numbers.set(fn, number);
    const holder = () => site.describe();
    for (const variable of captured) {
      const scope = scopeOf(details.scopes, variable.name);
      if (scope === undefined) {
        throw new TypeError(
          `Cannot send ${site.describe()}: its variable "${variable.name}" cannot be read`,
        );
      }
      const made = {
        name: variable.name,
        read: variable.early
          ? earlyReader(scope, variable.name, site)
          : reader(scope, variable.name),
        constant: variable.constant,
        place: variable.place,
        holder,
      };
      // All scripts that are no modules share their variables.
      const cell = scope.kind === "Script"
        ? this.#cells.ofScript("", made)
        : scope.kind === "Module"
        ? this.#cells.ofScript(details.scriptId, made)
        : this.#cells.ofScope(fn, scope, variable, made);
      if (!variable.constant) {
        this.#changing.set(fn, [...this.#changing.get(fn) ?? [], cell]);
      }
      unit.cells.push(cell.number);
    }
    if (base !== undefined) {
      const cell = this.#cells.addUndeclared(base.name, () => base, holder);
      unit.cells.push(cell);
      unit.early.push([cell, baseNumber]);
    }
    if (receiver !== undefined) {
      unit.cells.push(
        this.#cells.addUndeclared("this", () => receiver, holder),
      );
    }
    const privates = site.privateFields;
    if (privates.length > 0 || hasMembers(fn, site.isClass)) {
      unit.properties = this.#cells.addUndeclared(fn.name, () => {
        const members = membersOf(fn, site.isClass);
        if (members.own !== undefined) this.#statics.set(members.own, fn);
        return {
          ...members,
          ...(privates.length > 0 ? { privates: pick(fn, privates) } : {}),
        };
      }, holder);
    }
    return number;
  }

  #object(value: object): number | undefined {
    const known = this.#numbers.get(value);
    if (known !== undefined) return known;
    const reference = objectReference(value);
    return reference && this.#addReference(value, reference);
  }

  #addReference(value: object, reference: NamedFunction): number {
    const number = this.#units.push({ kind: "reference", reference }) - 1;
    this.#numbers.set(value, number);
    return number;
  }

  #bound(fn: AnyFunction, bound: BoundDetails): number {
    const target = this.#unit(bound.target as AnyFunction);
    const holder = () => `the bound function "${fn.name}"`;
    const cells = [
      this.#cells.addUndeclared("this", () => bound.boundThis, holder),
      this.#cells.addUndeclared("arguments", () => bound.boundArgs, holder),
    ];
    const number = this.#units.push({ kind: "bound", target, cells }) - 1;
    this.#numbers.set(fn, number);
    return number;
  }
}

/** Reads a variable that a class cannot be made without. */
function earlyReader(
  scope: VisibleScope,
  name: string,
  site: Site,
): () => unknown {
  const read = reader(scope, name);
  return () => {
    const value = read();
    if (!/^(object|function)$/.test(typeof value)) return value;
    throw new TypeError(
      `Cannot send ${site.describe()}: the name of a member is computed of "${name}", which is no simple value; ` +
        `put the name itself into a variable`,
    );
  };
}

/** Private static fields of a class, as they are now. */
function pick(fn: AnyFunction, names: string[]): Record<string, unknown> {
  const { privates } = inspectFunction(fn)!;
  return Object.fromEntries(names.map((name) => [name, privates[name]]));
}

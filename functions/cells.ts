// The variables that functions take along. Functions that share a variable share its cell, so
// that on the far side too one sees what another one writes.

import { SerializationError } from "../wire/errors.ts";
import type { VisibleScope } from "./inspector.ts";
import type { CapturedName } from "./site.ts";
import type { AnyFunction } from "./types.ts";

/** A variable as it travels. */
export interface Cell {
  /** Its place among all cells of a call. */
  number: number;
  /** Its name. */
  name: string;
  /** Reads what goes along now. */
  read(): unknown;
  /** Whether what it holds stays the same thing. */
  constant: boolean;
  /** Says where the variable is declared, if that is known. */
  place(): string | undefined;
  /** Describes the function that was found to use it first. */
  holder(): string;
}

/** A variable of a call of a function, of which there may be others by the same name. */
interface LocalCell {
  cell: Cell;
  scope: VisibleScope;
  written: boolean;
  users: Set<AnyFunction>;
}

/** The cells of one function that goes by value, and of all that it uses. */
export class Cells {
  /** Them, in their order. */
  readonly all: Cell[] = [];
  /** Whether it is known which functions share variables that change, so that it stays so. */
  areKnown = true;

  #shared = new Map<string, Cell>();
  /** By name and value: there may be thousands of one name. */
  #locals = new Map<string, Map<unknown, LocalCell[]>>();

  /** Adds what only one function has. */
  add(cell: Omit<Cell, "number">): Cell {
    const added = { ...cell, number: this.all.length };
    this.all.push(added);
    return added;
  }

  /** Adds what is no variable that was declared anywhere, such as `this`. */
  addUndeclared(
    name: string,
    read: () => unknown,
    holder: () => string,
  ): number {
    const place = () => undefined;
    return this.add({ name, read, constant: true, place, holder }).number;
  }

  /** The cell of a variable of a script, of which there is one. */
  ofScript(scriptId: string, cell: Omit<Cell, "number">): Cell {
    const key = `${scriptId} ${cell.name}`;
    let found = this.#shared.get(key);
    if (found === undefined) this.#shared.set(key, found = this.add(cell));
    return found;
  }

  /**
   * The cell of a variable of a function. Whether two closures see the same one or each its own
   * cannot be asked; where the scopes differ in some value, they are not the same.
   */
  ofScope(
    fn: AnyFunction,
    scope: VisibleScope,
    { name, written }: CapturedName,
    cell: Omit<Cell, "number">,
  ): Cell {
    const named = this.#locals.get(name) ?? new Map<unknown, LocalCell[]>();
    this.#locals.set(name, named);
    const value = peek(scope.variables, name);
    const known = named.get(value) ?? [];
    named.set(value, known);
    let local = known.find((other) => isAlike(other.scope, scope));
    if (local === undefined) {
      local = { cell: this.add(cell), scope, written: false, users: new Set() };
      known.push(local);
    }
    local.written ||= written;
    local.users.add(fn);
    return local.cell;
  }

  /**
   * Checks that it is known which functions share variables that change.
   *
   * @throws {SerializationError} If it is not.
   */
  check(): void {
    const locals = [...this.#locals.values()]
      .flatMap((named) => [...named.values()].flat());
    this.#locals.clear(); // They hold all values around.
    for (const { cell, written, users } of locals) {
      if (users.size < 2) continue;
      if (!cell.constant) this.areKnown = false;
      if (!written) continue;
      const names = [...users].map(({ name }) => `"${name || "(anonymous)"}"`);
      throw new SerializationError(
        `Cannot send ${cell.holder()}: whether ${names.join(" and ")} share ` +
          `the variable ${describe(cell)} or have one each cannot be told, ` +
          `and it changes; keep it in an object, as in state.${cell.name}`,
        cell.name,
      );
    }
  }
}

/** The scope that a name is a variable of, as seen from the innermost of some scopes. */
export function scopeOf(
  scopes: VisibleScope[],
  name: string,
): VisibleScope | undefined {
  return scopes.find(({ variables }) => Object.hasOwn(variables, name));
}

/** Reads a variable now, and keeps nothing of its scope but this one. */
export function reader(
  { variables }: VisibleScope,
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

/** Says which variable an error is about, unless it says so. */
export function explain(error: unknown, cell: Cell): unknown {
  const start = `Cannot send ${cell.holder()}: `;
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

function isAlike(a: VisibleScope, b: VisibleScope): boolean {
  const names = Object.keys(a.variables);
  return names.length === Object.keys(b.variables).length &&
    names.every((name) =>
      Object.hasOwn(b.variables, name) &&
      Object.is(peek(a.variables, name), peek(b.variables, name))
    );
}

const NO_VALUE = Symbol();

function peek(variables: Record<string, unknown>, name: string): unknown {
  try {
    return variables[name];
  } catch {
    return NO_VALUE;
  }
}

function describe({ name, place }: Cell): string {
  const declared = place();
  return `"${name}"${declared === undefined ? "" : ` (${declared})`}`;
}

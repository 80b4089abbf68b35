// The place in a script where functions are made. All closures that are made in one place share
// one site, and so one code; what they captured is their own.

import { realmGlobals } from "../agent/realm_globals.ts";
import { RecentMap } from "../wire/recent_map.ts";
import { CODE_URL } from "../wire/shipped.ts";
import { type Code, makeCode, privateFields, staticParts } from "./code.ts";
import {
  type FreeName,
  freeNames,
  isConstant,
  type Surroundings,
  surroundings,
} from "./free_names.ts";
import {
  type FunctionDetails,
  inspectFunction,
  scriptUrl,
} from "./inspector.ts";
import type { Node } from "./parser.ts";
import { originalPlace } from "./place.ts";
import { type Receiver, receiverOf } from "./receiver.ts";
import {
  findFunction,
  offsetOf,
  placeOf,
  type Script,
  scriptById,
  scriptOfText,
  textOf,
} from "./script.ts";
import type { AnyFunction } from "./types.ts";

/** A variable that functions of a site capture. */
export interface CapturedName {
  /** Its name. */
  name: string;
  /** Whether it keeps its value for ever. */
  constant: boolean;
  /** Whether the site's functions write to it. */
  written: boolean;
  /** Whether the function cannot even be made without it, as the name of a member comes from it. */
  early: boolean;
  /** Says where it is declared, if that is known. */
  place(): string | undefined;
}

/** How many sites of code without a module are kept. */
const MAX_TEXTS = 512;

/** How many sites of one module are kept: more than it has, unless names are computed. */
const MAX_SITES = 4096;

const sitesOfTexts = new RecentMap<string, Site>(MAX_TEXTS);
const sitesOfScripts = new WeakMap<Script, RecentMap<string, Site>>();

/**
 * The site of a function.
 *
 * @throws {TypeError} If its code cannot be read.
 */
export function siteOf(fn: AnyFunction, details: FunctionDetails): Site {
  const text = textOf(fn);
  const isInModule = details.scopes.some(({ kind }) => kind === "Module");
  // Code that came by value is no module, and still all that a function in it needs is in it.
  const isInCode = realmGlobals() !== undefined &&
    scriptUrl(details.scriptId).startsWith(CODE_URL);
  if (!isInModule && !isInCode) return siteOfText(fn, text);
  const script = scriptById(details.scriptId);
  const offset = offsetOf(script.source, details.line, details.column);
  let sites = sitesOfScripts.get(script);
  if (sites === undefined) {
    sitesOfScripts.set(script, sites = new RecentMap(MAX_SITES));
  }
  const name = nameOf(fn);
  const key = `${offset} ${name}`; // A computed name is not the same each time.
  let site = sites.get(key);
  if (site === undefined) {
    const node = findFunction(script, offset, text);
    // A function that direct `eval` made has the scopes of a module and a script of its own.
    site = node === undefined
      ? siteOfText(fn, text)
      : new Site(name, script, node, text);
    sites.set(key, site);
  }
  return site;
}

function siteOfText(fn: AnyFunction, text: string): Site {
  const name = nameOf(fn);
  const key = `${name} ${text}`;
  let site = sitesOfTexts.get(key);
  if (site === undefined) {
    const script = scriptOfText(text);
    const node = script.functions.find((node) =>
      findFunction(script, node.start, text) === node
    );
    if (node === undefined) {
      throw new TypeError(
        `Cannot send the function "${name}": its code cannot be read`,
      );
    }
    site = new Site(name, script, node, text);
    sitesOfTexts.set(key, site);
  }
  return site;
}

/** The name of a function, which a class may use for something else. */
function nameOf(fn: AnyFunction): string {
  const name: unknown = Object.getOwnPropertyDescriptor(fn, "name")?.value;
  return typeof name === "string" ? name : "";
}

/** Where functions are made. */
export class Site {
  /** The name of its functions. */
  readonly name: string;
  /** Its script. */
  readonly script: Script;

  #node: Node;
  #text: string;
  #free: FreeName[];
  #around: Surroundings;
  #base: Node | undefined;
  #receiver: Receiver | undefined;
  #codes = new Map<string, Code>();

  constructor(name: string, script: Script, node: Node, text: string) {
    this.name = name;
    this.script = script;
    this.#node = node;
    this.#text = text;
    this.#around = surroundings(node);
    this.#receiver = receiverOf(script, node);
    const start = node.type === "Method" ? node.start : node.end - text.length;
    const free = freeNames(script, start, node.end);
    // What a class extends is its prototype, whatever expression it came from.
    const base = node.superClass as Node | null | undefined;
    const isCaptured = base &&
      without(free, [base]).some((name, i) =>
        !isImport(name) && name.variable !== undefined &&
        name.references.length < free[i]!.references.length
      );
    this.#base = isCaptured ? base : undefined;
    this.#free = without(free, [
      ...staticParts(node, script.source),
      ...this.#base === undefined ? [] : [this.#base],
    ]).filter(({ references }) => references.length > 0);
  }

  /** Whether it makes classes that must have their base first. */
  get hasBase(): boolean {
    return this.#base !== undefined;
  }

  /** Whether it makes classes. */
  get isClass(): boolean {
    return this.#node.type.startsWith("Class");
  }

  /** Whether its functions use the `this` of what is around them. */
  get usesReceiver(): boolean {
    const isUndefined = this.script.url !== "" &&
      !this.script.functions.some((other) =>
        other.type !== "ArrowFunctionExpression" && other !== this.#node &&
        other.start < this.#node.start && this.#node.end <= other.end
      );
    return this.#around.receivers.length > 0 && !isUndefined;
  }

  /** Whether an object is what a function of this site has for `this`, as one of its fields. */
  isReceiver(fn: AnyFunction, object: object): boolean {
    if (this.#receiver === undefined) return false;
    const { key, isStatic } = this.#receiver;
    if (Object.getOwnPropertyDescriptor(object, key)?.value !== fn) {
      return false;
    }
    if (isStatic) return this.#makes(object);
    for (
      let current: object | null = Object.getPrototypeOf(object);
      current !== null;
      current = Object.getPrototypeOf(current)
    ) {
      const found = Object.getOwnPropertyDescriptor(current, "constructor");
      if (this.#makes(found?.value)) return true;
    }
    return false;
  }

  /** Whether something is a class with a field that functions of this site are. */
  #makes(found: unknown): boolean {
    if (typeof found !== "function") return false;
    const details = inspectFunction(found);
    if (details === undefined) return false;
    const site = siteOf(found as AnyFunction, details);
    return site.script === this.script && site.#node === this.#receiver?.class;
  }

  /** The names of the private static fields of its classes. */
  get privateFields(): string[] {
    return privateFields(this.#node);
  }

  /** The variables that its functions capture. */
  captured(isVisible: (name: string) => boolean): CapturedName[] {
    return this.#captured(isVisible).map(({ name, references, variable }) => {
      const declared = variable?.defs[0]?.name.start;
      return {
        name,
        constant: isConstant(variable),
        written: references.some((reference) => reference.isWrite()),
        early: references.some(({ identifier }) =>
          this.#isEarly(identifier.start)
        ),
        place: () =>
          declared === undefined ? undefined : this.#placeOf(declared),
      };
    });
  }

  /** The code that makes its functions. */
  code(isVisible: (name: string) => boolean, hasReceiver: boolean): Code {
    const captured = this.#captured(isVisible);
    const key = `${captured.map(({ name }) => name)} ${hasReceiver}`;
    let code = this.#codes.get(key);
    if (code === undefined) {
      code = makeCode({
        script: this.script,
        node: this.#node,
        text: this.#text,
        name: this.name,
        captured,
        imported: this.#free.filter(isImport),
        around: this.#around,
        removed: staticParts(this.#node, this.script.source),
        base: this.#base,
        receivers: hasReceiver ? this.#around.receivers : [],
      });
      this.#codes.set(key, code);
    }
    return code;
  }

  #captured(isVisible: (name: string) => boolean): FreeName[] {
    return this.#free.filter((free) =>
      !isImport(free) && (free.variable !== undefined || isVisible(free.name))
    );
  }

  /** Whether what stands there is evaluated when a class is made. */
  #isEarly(offset: number): boolean {
    if (!this.isClass) return false;
    return ((this.#node.body as Node).body as Node[]).some((
      { computed, key },
    ) => {
      const { start, end } = key as Node ?? { start: 0, end: 0 };
      return computed === true && start <= offset && offset < end;
    });
  }

  /**
   * Checks that its functions can go by value.
   *
   * @param hasScopes Whether there is anything around them that code can see.
   * @param hasReceiver Whether it is known what `this` is in them.
   * @throws {TypeError} If they use what cannot go along.
   */
  check(hasScopes: boolean, hasReceiver: boolean): void {
    const { obstacle } = this.#around;
    if (obstacle !== undefined) {
      throw this.#error(
        obstacle.startsWith("#") || obstacle === "super"
          ? `it uses "${obstacle}" of its class or object; ` +
            `send a function that calls it, as in () => Class.method()`
          : `it uses "${obstacle}" of the code around it, which cannot go along; ` +
            `put what it needs into variables`,
      );
    }
    if (!hasReceiver && this.usesReceiver) {
      throw this.#error(
        this.#receiver === undefined
          ? `it uses "this" of the code around it, which cannot go along; ` +
            `put what it needs into variables`
          : `it uses "this" of the object that it is a field of, and is found elsewhere; ` +
            `send a function that calls it, as in () => object.${this.#receiver.key}()`,
      );
    }
    if (
      this.#free.some(({ name, variable }) =>
        name === "arguments" && variable?.defs.length === 0
      )
    ) {
      throw this.#error(
        `it uses "arguments" of the function around it, which cannot go along; ` +
          `put what it needs into variables`,
      );
    }
    const isEvalDirect = this.#free.some(({ name, references }) =>
      name === "eval" &&
      references.some(({ identifier }) =>
        this.#around.parents.get(identifier)?.callee === identifier
      )
    );
    if (hasScopes && isEvalDirect) {
      throw this.#error(
        "it calls eval, and what that uses of the code around it cannot be told; " +
          "use (0, eval)(…), which uses nothing of it, or new Function with parameters",
      );
    }
    if (this.isClass && /\b_apply_decs_\w+\(/.test(this.#text)) {
      throw this.#error(
        "it is a class with decorators, which only go along with a module: " +
          "move it to a module of its own and export it there",
      );
    }
  }

  #error(why: string): TypeError {
    return new TypeError(`Cannot send ${this.describe()}: ${why}`);
  }

  /** Its functions, for people. */
  describe(): string {
    const kind = this.isClass ? "class" : "function";
    const place = this.#placeOf(this.#node.start);
    return `the ${kind} "${this.name || "(anonymous)"}"${
      place === undefined ? "" : ` (${place})`
    }`;
  }

  #placeOf(offset: number): string | undefined {
    if (this.script.url === "") return undefined;
    const { line, column } = placeOf(this.script.source, offset);
    const place = originalPlace(this.script.url, line, column);
    return `${place.url}:${place.line}:${place.column}`;
  }
}

/** Names without their uses in some parts of the script. */
function without(
  names: FreeName[],
  parts: { start: number; end: number }[],
): FreeName[] {
  return names.map((free) => ({
    ...free,
    references: free.references.filter(({ identifier }) =>
      !parts.some(({ start, end }) =>
        start <= identifier.start && identifier.end <= end
      )
    ),
  }));
}

function isImport({ variable }: FreeName): boolean {
  return variable?.defs[0]?.type === "ImportBinding";
}

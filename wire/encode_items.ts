// What functions captured into bytes: besides what any message may hold, functions, symbols,
// accessors, and objects that keep their class.

import { Tag } from "./cbor.ts";
import { encodeFlat, Flattener } from "./encode_value.ts";
import { ERRORS, SymbolKind, ValueTag, VIEWS } from "./value_tags.ts";

/** What is known of functions and classes, and not of values alone. */
export interface ItemHooks {
  /**
   * The number that stands for a function.
   *
   * @param fn The function.
   * @param holder The object that it is a property of.
   */
  functionNumber(fn: unknown, holder?: object): number;
  /** The number of an object that is there under a name, such as a module or `console`. */
  objectNumber(value: object): number | undefined;
  /** The number of the class that an object is the `prototype` of. */
  prototypeNumber(value: object): number | undefined;
  /**
   * The number of the class of an object, or else its prototype; in words what makes that it
   * cannot go along, and nothing if it can without its class.
   *
   * @param value The object.
   * @param base The prototype behind those of its class, which is there in any realm.
   */
  classOf(value: object, base: object): number | object | string | undefined;
}

/** Their objects go along with all that they are, so that only a class is missing. */
const CARRIED = new Set<unknown>(
  [
    Array,
    Map,
    Set,
    Date,
    RegExp,
    URL,
    ArrayBuffer,
    Number,
    String,
    Boolean,
    BigInt,
    AggregateError,
    ...VIEWS,
    ...Object.values(ERRORS),
  ].map(({ prototype }) => prototype),
);

/** Those of them that have what was put on them as entries already, or in no sensible way. */
const COMPLETE = /^\[object (String|DataView|.*Array)\]$/;

const WELL_KNOWN = new Map<unknown, string>(
  Object.getOwnPropertyNames(Symbol).flatMap((name) => {
    const value: unknown = Symbol[name as keyof typeof Symbol];
    return typeof value === "symbol" ? [[value, name]] : [];
  }),
);

/**
 * Encodes values, functions in them included.
 *
 * @param items The values, each with the name that the path to what cannot be sent begins with.
 * They are asked for one by one.
 * @param hooks Gives functions and classes their numbers.
 * @throws {SerializationError} If one of them, or something in it, cannot be sent.
 */
export function encodeItems(
  items: Iterable<{ name: string; value: unknown }>,
  hooks: ItemHooks,
): Uint8Array {
  return encodeFlat(new ItemFlattener(hooks).flattenItems(items));
}

class ItemFlattener extends Flattener {
  #hooks: ItemHooks;
  #symbols = new Map<symbol, number>();
  /** The object whose properties are looked at. */
  #holder: object | undefined;

  constructor(hooks: ItemHooks) {
    super("");
    this.#hooks = hooks;
  }

  flattenItems(items: Iterable<{ name: string; value: unknown }>): unknown[] {
    const flat: unknown[] = [];
    this.seen = new Map([[flat, 0]]);
    for (const { name, value } of items) flat.push(this.at(name, value));
    return flat;
  }

  protected override function(value: { name: string }): unknown {
    const number = this.#hooks.functionNumber(value, this.#holder);
    return new Tag(number, ValueTag.Function);
  }

  protected override symbol(value: symbol): unknown {
    const name = WELL_KNOWN.get(value);
    if (name !== undefined) {
      return new Tag([SymbolKind.WellKnown, name], ValueTag.Symbol);
    }
    const key = Symbol.keyFor(value);
    if (key !== undefined) {
      return new Tag(
        [SymbolKind.Registered, this.flatten(key)],
        ValueTag.Symbol,
      );
    }
    let number = this.#symbols.get(value);
    if (number === undefined) {
      this.#symbols.set(value, number = this.#symbols.size);
    }
    const { description = null } = value;
    return new Tag(
      [SymbolKind.Own, this.flatten(description), number],
      ValueTag.Symbol,
    );
  }

  protected override named(value: object): unknown {
    const number = this.#hooks.objectNumber(value);
    if (number !== undefined) return new Tag(number, ValueTag.Function);
    const prototype = this.#hooks.prototypeNumber(value);
    if (prototype !== undefined) return new Tag(prototype, ValueTag.Prototype);
    return super.named(value);
  }

  protected override object(value: object): unknown {
    const direct: object | null = Object.getPrototypeOf(value);
    if (direct === Object.prototype) return super.object(value);
    let base = direct;
    while (base !== null && !CARRIED.has(base)) {
      base = Object.getPrototypeOf(base);
    }
    if (base === null) {
      return this.instance(value, Object.prototype.toString.call(value));
    }
    const found = direct === base
      ? undefined
      : this.#hooks.classOf(value, base);
    if (typeof found === "string") this.refuse(found);
    const isComplete = Error.isError(value) ||
      COMPLETE.test(Object.prototype.toString.call(value));
    const more = isComplete ? [] : ownKeys(value);
    const flat = super.object(value);
    return found === undefined && more.length === 0 ? flat : new Tag(
      [flat, this.#class(found ?? null), this.#properties(value, more)],
      ValueTag.Special,
    );
  }

  protected override plain(value: object): unknown {
    const keys = ownKeys(value);
    return keys.every((key) =>
        typeof key === "string" && !isAccessor(value, key)
      )
      ? this.#with(value, () => super.plain(value))
      : new Tag(this.#properties(value, keys), ValueTag.Entries);
  }

  protected override instance(value: object, kind: string): unknown {
    if (
      /^\[object (Promise|WeakMap|WeakSet|WeakRef|(Async)?Generator)\]$/.test(
        kind,
      )
    ) {
      this.refuseKind(kind);
    }
    const found = Object.getPrototypeOf(value) === null
      ? null
      : this.#hooks.classOf(value, Object.prototype) ?? null;
    if (typeof found === "string") this.refuse(found);
    return new Tag(
      [this.#class(found), this.#properties(value, ownKeys(value))],
      ValueTag.Instance,
    );
  }

  protected override entries(value: object, keys: string[]): unknown[] {
    return this.#properties(value, keys);
  }

  /** What was captured goes along whole or not at all. */
  protected override isSendable(): boolean {
    return true;
  }

  /** The number of a class, or a prototype that is there for this one. */
  #class(found: number | object | null): unknown {
    return typeof found === "object" && found !== null
      ? this.at(".__proto__", found)
      : found;
  }

  #properties(value: object, keys: (string | symbol)[]): unknown[] {
    return this.#with(value, () =>
      keys.flatMap((key) => {
        const step = typeof key === "string" ? `.${key}` : `[${String(key)}]`;
        return [
          this.flatten(key),
          this.#accessor(value, key) ??
            this.at(step, value[key as keyof typeof value]),
        ];
      }));
  }

  #accessor(value: object, key: string | symbol): unknown {
    if (!isAccessor(value, key)) return undefined;
    const { get, set } = Object.getOwnPropertyDescriptor(value, key)!;
    try {
      const numbers = [get, set].map((fn) =>
        fn === undefined ? null : this.#hooks.functionNumber(fn, value)
      );
      return new Tag(numbers, ValueTag.Accessor);
    } catch (error) {
      if (error instanceof TypeError) return undefined; // It cannot go along; what it gives may.
      throw error;
    }
  }

  #with<T>(holder: object, action: () => T): T {
    const before = this.#holder;
    this.#holder = holder;
    try {
      return action();
    } finally {
      this.#holder = before;
    }
  }
}

/** The keys of what was put on an object. */
function ownKeys(value: object): (string | symbol)[] {
  const symbols = Object.getOwnPropertySymbols(value);
  return symbols.length === 0 ? Object.keys(value) : [
    ...Object.keys(value),
    ...symbols.filter((key) =>
      Object.prototype.propertyIsEnumerable.call(value, key)
    ),
  ];
}

function isAccessor(value: object, key: string | symbol): boolean {
  const found = Object.getOwnPropertyDescriptor(value, key);
  return found !== undefined && !("value" in found);
}

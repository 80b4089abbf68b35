// Bytes into what functions captured: the other half of `encode_items.ts`. Only realms do this;
// what comes from a far side holds no functions.

import { Tag } from "./cbor.ts";
import {
  array,
  decodeChecked,
  numeric,
  refuse,
  Reviver,
  text,
} from "./decode_value.ts";
import { SymbolKind, ValueTag } from "./value_tags.ts";

/**
 * Decodes values that hold functions.
 *
 * @param bytes What `encodeItems` returned on the other side.
 * @param make Makes what the numbers of functions and classes stand for. It gets those of the
 * values that hold no objects, as some classes cannot be made without.
 * @throws {ProtocolError} If the bytes are anything else.
 */
export function decodeItems(
  bytes: Uint8Array,
  make: (simple: unknown[]) => readonly unknown[],
): unknown[] {
  return decodeChecked(
    bytes,
    (flat) => new ItemReviver().reviveItems(array(flat), make),
  ) as unknown[];
}

const SIMPLE = new Set<number>([
  ValueTag.NegativeZero,
  ValueTag.BigInt,
  ValueTag.Utf16,
  ValueTag.Symbol,
]);

class ItemReviver extends Reviver {
  #functions: readonly unknown[] = [];
  #symbols = new Map<unknown, symbol>();

  reviveItems(
    flat: unknown[],
    make: (simple: unknown[]) => readonly unknown[],
  ): unknown {
    const simple = flat.map((item) =>
      item instanceof Tag && SIMPLE.has(item.tag)
        ? this.tag(item)
        : typeof item === "object"
        ? undefined
        : item
    );
    this.#functions = make(simple);
    return this.revive(flat);
  }

  protected override tag(tagged: Tag): unknown {
    const { tag, value } = tagged;
    switch (tag) {
      case ValueTag.Function:
        return this.#function(value);
      case ValueTag.Prototype:
        return this.#function(value).prototype;
      case ValueTag.Symbol:
        return this.#symbol(array(value));
      case ValueTag.Special: {
        const [flat, prototype, entries] = array(value);
        const found = this.revive(flat) as object;
        if (prototype !== null) {
          Object.setPrototypeOf(found, this.#prototype(prototype));
        }
        return this.define(found, array(entries));
      }
    }
    return super.tag(tagged);
  }

  protected override object(
    tag: number,
    value: unknown,
    number: number,
  ): object {
    if (tag !== ValueTag.Instance) return super.object(tag, value, number);
    const [prototype, entries] = array(value);
    const instance = this.early({}, number);
    Object.setPrototypeOf(instance, this.#prototype(prototype));
    return this.define(instance, array(entries));
  }

  protected override key(flat: unknown): PropertyKey {
    const key = this.revive(flat);
    return typeof key === "symbol" ? key : text(key);
  }

  protected override define<T extends object>(
    target: T,
    entries: unknown[],
  ): T {
    for (let i = 0; i + 1 < entries.length; i += 2) {
      const value = entries[i + 1];
      if (!(value instanceof Tag) || value.tag !== ValueTag.Accessor) {
        super.define(target, entries.slice(i, i + 2));
        continue;
      }
      const [get, set] = array(value.value).map((number) =>
        number === null ? undefined : this.#function(number)
      ) as [() => unknown, (value: unknown) => void];
      Object.defineProperty(target, this.key(entries[i]), {
        get,
        set,
        enumerable: true,
        configurable: true,
      });
    }
    return target;
  }

  #function(number: unknown): { prototype: object } {
    return this.#functions[numeric(number)] as { prototype: object } ??
      refuse("it has a function that did not come along");
  }

  #prototype(flat: unknown): object | null {
    return typeof flat === "number"
      ? this.#function(flat).prototype
      : this.revive(flat) as object | null;
  }

  #symbol([kind, flat, number]: unknown[]): symbol {
    const description = this.revive(flat);
    if (kind === SymbolKind.Registered) return Symbol.for(text(description));
    if (kind === SymbolKind.WellKnown) {
      const known = Symbol[text(description) as "iterator"] as unknown;
      return typeof known === "symbol"
        ? known
        : refuse("it has a strange symbol");
    }
    let symbol = this.#symbols.get(number);
    if (symbol === undefined) {
      symbol = Symbol(description === null ? undefined : text(description));
      this.#symbols.set(number, symbol);
    }
    return symbol;
  }
}

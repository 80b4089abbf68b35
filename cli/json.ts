// Values as JSON, which has fewer kinds of them: nothing that a far side returns may make this
// fail.

import { isModest } from "./modest.ts";

const TOO_LARGE = "[Too large for JSON]";

/** The longest list that is written as one, holes included. */
const MAX_LENGTH = 8 * 1024 * 1024;

/** What a terminal or a person could take for something else; JSON has a way to write it. */
const UNSAFE =
  /[\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** Writes a value as one line of JSON. */
export function jsonLine(value: object): string {
  return stringify(value).replace(
    UNSAFE,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A record as JSON, without its value where that is more than a text can hold. */
function stringify(record: object): string {
  try {
    return JSON.stringify(record);
  } catch {
    return JSON.stringify({ ...record, value: TOO_LARGE });
  }
}

/**
 * The nearest to a value that JSON has: a Map becomes an object if its keys are strings and a list
 * of pairs if not, a Set a list, bytes Base64, a bigint its digits, a Date its ISO form.
 */
export function toJson(value: unknown): unknown {
  if (!isModest(value)) return TOO_LARGE;
  return new Converter().convert(value) ?? null;
}

class Converter {
  #path = new Set<object>();

  convert(value: unknown): unknown {
    switch (typeof value) {
      case "bigint":
        return String(value);
      case "symbol":
      case "function":
        return `[${typeof value}]`;
      case "object":
        break;
      default:
        return value;
    }
    if (value === null) return null;
    if (this.#path.has(value)) return "[Circular]";
    this.#path.add(value);
    const converted = this.#object(value);
    this.#path.delete(value);
    return converted;
  }

  #object(value: object): unknown {
    if (Array.isArray(value)) return this.#list(value);
    if (value instanceof Date) {
      return isNaN(value.getTime()) ? null : value.toISOString();
    }
    if (value instanceof Map) return this.#map(value);
    if (value instanceof Set) return this.#list([...value]);
    if (value instanceof ArrayBuffer) return this.#bytes(value);
    if (value instanceof Uint8Array) return this.#bytes(value.buffer, value);
    if (value instanceof DataView) return this.#bytes(value.buffer, value);
    if (ArrayBuffer.isView(value)) {
      return this.#list([...value as unknown as Iterable<unknown>]);
    }
    if (value instanceof RegExp || value instanceof URL) return String(value);
    if (Error.isError(value)) {
      const { name, message, cause } = value as Error;
      const own = Object.entries(value);
      return this.#record([
        ...Object.entries({ name, message, cause }),
        ...own,
      ]);
    }
    for (const Box of [String, Number, Boolean, BigInt]) {
      if (value instanceof Box) return this.convert(value.valueOf());
    }
    return this.#record(Object.entries(value));
  }

  #bytes(buffer: ArrayBufferLike, view?: ArrayBufferView): string {
    const { byteOffset, byteLength } = view ??
      { byteOffset: 0, byteLength: undefined };
    return new Uint8Array(buffer, byteOffset, byteLength).toBase64();
  }

  #list(items: unknown[]): unknown {
    // Its length alone may be too much if it is mostly holes.
    if (items.length > MAX_LENGTH) return this.#record(Object.entries(items));
    return Array.from(items, (item) => this.convert(item) ?? null);
  }

  #map(map: Map<unknown, unknown>): unknown {
    const entries = [...map];
    return entries.every(([key]) => typeof key === "string")
      ? this.#record(entries as [string, unknown][])
      : this.#list(entries);
  }

  #record(entries: [string, unknown][]): unknown {
    const record: Record<string, unknown> = Object.create(null);
    for (const [key, item] of entries) {
      record[key] = this.convert(item);
    }
    return record;
  }
}

// Values into bytes. Whatever structured clone takes and CBOR can carry, cycles and shared
// references included; anything else is refused with the path to it, before anything is sent.

import { Encoder, Tag } from "./cbor.ts";
import { SerializationError } from "./errors.ts";
import { MAX_DEPTH, MAX_ITEMS } from "./limits.ts";
import { ValueTag, VIEWS } from "./value_tags.ts";

const encoder = new Encoder({
  useRecords: false,
  variableMapSize: true,
  tagUint8Array: false,
});

/**
 * Encodes a value.
 *
 * @param value The value.
 * @param root What the path to a value that cannot be sent begins with, such as `result`, or
 *   nothing if it begins with the keys of `value`.
 * @throws {SerializationError} If the value, or something in it, cannot be sent.
 */
export function encodeValue(value: unknown, root = "value"): Uint8Array {
  // The encoder reuses its buffer, so what it returns must be copied before the next call.
  return new Uint8Array(encoder.encode(new Flattener(root).flatten(value)));
}

/** What can be sent of functions and classes where both sides have made provision for them. */
export interface EncodeHooks {
  /** The number that stands for a function. */
  functionNumber(fn: unknown): number;
  /** The number that stands for a module as an object, if it is known which one it is. */
  moduleNumber(namespace: object): number | undefined;
  /** The number of the class of an object, or what makes that it cannot be sent. */
  classNumber(value: object): number | string;
}

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
  hooks: EncodeHooks,
): Uint8Array {
  const flattener = new Flattener("", hooks);
  return new Uint8Array(encoder.encode(flattener.flattenItems(items)));
}

/** Turns a value into a tree of what CBOR has words for, and tags. */
class Flattener {
  #root: string;
  #hooks: EncodeHooks | undefined;
  #path: string[] = [];
  #seen: Map<object, number> | undefined;
  #items = 0;

  constructor(root: string, hooks?: EncodeHooks) {
    this.#root = root;
    this.#hooks = hooks;
  }

  flattenItems(items: Iterable<{ name: string; value: unknown }>): unknown[] {
    const flat: unknown[] = [];
    this.#seen = new Map([[flat, 0]]);
    for (const { name, value } of items) flat.push(this.#at(name, value));
    return flat;
  }

  flatten(value: unknown): unknown {
    switch (typeof value) {
      case "string":
        return value.isWellFormed()
          ? value
          : new Tag(utf16(value), ValueTag.Utf16);
      case "number":
        return value === 0 && Object.is(value, -0)
          ? new Tag(0, ValueTag.NegativeZero)
          : value;
      case "bigint":
        return new Tag(hex(value), ValueTag.BigInt);
      case "object":
        return value === null ? null : this.#object(value);
      case "function":
        if (this.#hooks !== undefined) {
          return new Tag(
            this.#hooks.functionNumber(value),
            ValueTag.Function,
          );
        }
        return this.#refuse(`the function "${value.name || "(anonymous)"}"`);
      case "symbol":
        return this.#refuse(`the symbol ${String(value)}`);
      default:
        return value;
    }
  }

  #object(value: object): unknown {
    this.#seen ??= new Map();
    const number = this.#seen.get(value);
    if (number !== undefined) return new Tag(number, ValueTag.Reference);
    this.#seen.set(value, this.#seen.size);
    if (this.#path.length > MAX_DEPTH) {
      throw new SerializationError(
        `Cannot send ${this.#root}: it is nested deeper than ${MAX_DEPTH} levels`,
        this.#root,
      );
    }
    if (Array.isArray(value)) return this.#array(value);
    const prototype = Object.getPrototypeOf(value);
    if (prototype === null && Symbol.toStringTag in value) {
      const number = this.#hooks?.moduleNumber(value);
      if (number === undefined) {
        this.#refuse(
          "a module as an object, of which only exports can go along",
        );
      }
      return new Tag(number, ValueTag.Function);
    }
    if (prototype === Object.prototype || prototype === null) {
      return this.#plain(value);
    }
    return this.#special(value);
  }

  #array(value: unknown[]): unknown {
    const keys = Object.keys(value);
    if (keys.length < value.length) {
      const entries: unknown[] = [value.length];
      for (const key of keys) {
        const index = Number(key);
        if (Number.isInteger(index)) {
          entries.push(index, this.#at(`[${key}]`, value[index]));
        }
      }
      return new Tag(entries, ValueTag.Sparse);
    }
    this.#count(value.length);
    const flat = new Array<unknown>(value.length);
    for (let i = 0; i < value.length; i++) {
      const item = value[i];
      flat[i] = typeof item === "number" && item !== 0
        ? item
        : this.#at(`[${i}]`, item);
    }
    return flat;
  }

  #plain(value: object): unknown {
    if (Object.hasOwn(value, "__proto__")) {
      return new Tag(
        this.#entries(value, Object.keys(value)),
        ValueTag.Entries,
      );
    }
    const flat: Record<string, unknown> = {};
    for (const key of Object.keys(value)) {
      flat[key] = this.#at(`.${key}`, (value as Record<string, unknown>)[key]);
    }
    return flat;
  }

  #entries(value: object, keys: string[]): unknown[] {
    return keys.flatMap((key) => [
      key,
      this.#at(`.${key}`, (value as Record<string, unknown>)[key]),
    ]);
  }

  #special(value: object): unknown {
    if (value instanceof Uint8Array) return plainBytes(value);
    if (ArrayBuffer.isView(value)) return new Tag(view(value), ValueTag.View);
    if (value instanceof ArrayBuffer) {
      return new Tag(new Uint8Array(value), ValueTag.Buffer);
    }
    if (value instanceof Map) {
      const entries = [...value].flatMap(([key, item], i) => [
        this.#at(`.keys()[${i}]`, key),
        this.#at(
          typeof key === "string" ? `.get("${key}")` : `.values()[${i}]`,
          item,
        ),
      ]);
      return new Tag(entries, ValueTag.Map);
    }
    if (value instanceof Set) {
      const items = [...value].map((item, i) =>
        this.#at(`.values()[${i}]`, item)
      );
      return new Tag(items, ValueTag.Set);
    }
    if (value instanceof Date) {
      const time = value.getTime();
      return new Tag(Number.isNaN(time) ? null : time, ValueTag.Date);
    }
    if (value instanceof RegExp) {
      return new Tag([value.source, value.flags], ValueTag.RegExp);
    }
    if (value instanceof URL) return new Tag(value.href, ValueTag.Url);
    if (Error.isError(value)) return this.#error(value as Error);
    if (
      value instanceof Number || value instanceof String ||
      value instanceof Boolean ||
      value instanceof BigInt
    ) {
      return new Tag(this.flatten(value.valueOf()), ValueTag.Boxed);
    }
    // An instance of a class goes as what structured clone makes of it: its own properties.
    const kind = Object.prototype.toString.call(value);
    if (this.#hooks !== undefined) return this.#instance(value, kind);
    if (kind === "[object Object]") return this.#plain(value);
    return this.#refuseKind(kind);
  }

  #instance(value: object, kind: string): unknown {
    if (
      /^\[object (Promise|WeakMap|WeakSet|WeakRef|(Async)?Generator)\]$/.test(
        kind,
      )
    ) {
      this.#refuseKind(kind);
    }
    const number = this.#hooks!.classNumber(value);
    if (typeof number === "string") this.#refuse(number);
    const entries = this.#entries(value, Object.keys(value));
    return new Tag([number, entries], ValueTag.Instance);
  }

  #error(error: Error): unknown {
    const own = Object.keys(error).filter((key) =>
      key !== "cause" && key !== "errors" && key !== "name" && isSendable(
        (error as unknown as Record<string, unknown>)[key],
      )
    );
    const fields: unknown[] = [
      this.flatten(String(error.name)),
      this.flatten(String(error.message)),
      this.flatten(typeof error.stack === "string" ? error.stack : ""),
      this.#entries(error, own),
    ];
    const aggregate = error instanceof AggregateError;
    if (Object.hasOwn(error, "cause")) {
      fields.push([this.#at(".cause", error.cause)]);
    } else if (aggregate) fields.push([]);
    if (!aggregate) return new Tag(fields, ValueTag.Error);
    fields.push(error.errors.map((item, i) => this.#at(`.errors[${i}]`, item)));
    return new Tag(fields, ValueTag.AggregateError);
  }

  #at(step: string, value: unknown): unknown {
    this.#count(1);
    this.#path.push(step);
    const flat = this.flatten(value);
    this.#path.pop();
    return flat;
  }

  #count(items: number): void {
    this.#items += items;
    if (this.#items <= MAX_ITEMS) return;
    throw new SerializationError(
      `Cannot send ${this.#root}: it holds more than ${MAX_ITEMS} values; ` +
        `send them in pieces, or numbers as a typed array`,
      this.#root,
    );
  }

  #refuseKind(kind: string): never {
    const name = kind.slice(8, -1);
    this.#refuse(
      `${/^[AEIOU]/.test(name) ? "an" : "a"} ${name}` +
        (/(Generator|Iterator)$/.test(name)
          ? ", which only runs where it is; collect what it yields, as in Array.fromAsync(…)"
          : ""),
    );
  }

  #refuse(what: string): never {
    const path = (this.#root + this.#path.join("")).replace(/^\./, "");
    throw new SerializationError(
      `Cannot send ${path}: it is ${what}${
        what.includes(",") ? "" : ", which has no meaning on another machine"
      }`,
      path,
    );
  }
}

/** Whether the additional property of an error can go along: an error never fails to be sent. */
function isSendable(value: unknown): boolean {
  try {
    encodeValue(value);
    return true;
  } catch {
    return false;
  }
}

function plainBytes(value: Uint8Array): Uint8Array {
  return value.constructor === Uint8Array
    ? value
    : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

function view(value: ArrayBufferView): [number, Uint8Array] {
  const kind = VIEWS.findIndex((View) => value instanceof View);
  return [
    kind,
    new Uint8Array(value.buffer, value.byteOffset, value.byteLength),
  ];
}

function hex(value: bigint): string {
  return value < 0n ? `-${(-value).toString(16)}` : value.toString(16);
}

function utf16(value: string): Uint8Array {
  const bytes = new Uint8Array(value.length * 2);
  for (let i = 0; i < value.length; i++) {
    const unit = value.charCodeAt(i);
    bytes[2 * i] = unit >> 8;
    bytes[2 * i + 1] = unit;
  }
  return bytes;
}

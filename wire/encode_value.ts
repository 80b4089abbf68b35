// Values into bytes. Whatever structured clone takes and CBOR can carry, cycles and shared
// references included; anything else is refused with the path to it, before anything is sent.

import { Encoder, Tag } from "./cbor.ts";
import { SerializationError } from "./errors.ts";
import { MAX_DEPTH, MAX_ITEMS } from "./limits.ts";
import { ValueTag, VIEWS } from "./value_tags.ts";

/** Lets streams and other live values out. */
export interface LiveOut {
  /** What stands for a value if it is a live one, or else in words why it cannot be sent. */
  export(value: object): unknown[] | string | undefined;
}

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
 * @param live Lets live values out; without it they cannot be sent.
 * @throws {SerializationError} If the value, or something in it, cannot be sent.
 */
export function encodeValue(
  value: unknown,
  root = "value",
  live?: LiveOut,
): Uint8Array {
  return encodeFlat(new Flattener(root, live).flatten(value));
}

/** The same, with bytes that are only valid until the next value is encoded. */
export function encodeView(
  value: unknown,
  root: string,
  live: LiveOut,
): Uint8Array {
  return encoder.encode(new Flattener(root, live).flatten(value));
}

/** Encodes what a {@linkcode Flattener} made of a value. */
export function encodeFlat(flat: unknown): Uint8Array {
  // The encoder reuses its buffer, so what it returns must be copied before the next call.
  return new Uint8Array(encoder.encode(flat));
}

/** Turns a value into a tree of what CBOR has words for, and tags. */
export class Flattener {
  /** The way from the value itself to where it is now. */
  protected path: string[] = [];
  /** All objects so far, with their numbers. */
  protected seen: Map<object, number> | undefined;

  #root: string;
  #live: LiveOut | undefined;
  #items = 0;

  /**
   * Constructs a new instance.
   *
   * @param root What the path to a value that cannot be sent begins with.
   * @param live Lets live values out.
   */
  constructor(root: string, live?: LiveOut) {
    this.#root = root;
    this.#live = live;
  }

  /** Flattens a value. */
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
        return this.function(value);
      case "symbol":
        return this.symbol(value);
      default:
        return value;
    }
  }

  /** Flattens a function. */
  protected function(value: { name: string }): unknown {
    return this.refuse(`the function "${value.name || "(anonymous)"}"`);
  }

  /** Flattens a symbol. */
  protected symbol(value: symbol): unknown {
    return this.refuse(`the symbol ${String(value)}`);
  }

  /** What stands for an object that has no number, if it is such a one. */
  protected named(value: object): unknown {
    if (
      Object.getPrototypeOf(value) !== null || !(Symbol.toStringTag in value)
    ) {
      return undefined;
    }
    this.refuse("a module as an object, of which only exports can go along");
  }

  #object(value: object): unknown {
    this.seen ??= new Map();
    const number = this.seen.get(value);
    if (number !== undefined) return new Tag(number, ValueTag.Reference);
    const named = this.named(value);
    if (named !== undefined) return named;
    this.seen.set(value, this.seen.size);
    if (this.path.length > MAX_DEPTH) {
      const root = this.#root || this.path[0]!;
      throw new SerializationError(
        `Cannot send ${root}: it is nested deeper than ${MAX_DEPTH} levels`,
        root,
      );
    }
    return this.object(value);
  }

  /** Flattens an object that was not met before. */
  protected object(value: object): unknown {
    if (Array.isArray(value)) return this.#array(value);
    const live = this.#live?.export(value);
    if (typeof live === "string") this.refuse(live);
    if (live !== undefined) return new Tag(live, ValueTag.Live);
    const prototype = Object.getPrototypeOf(value);
    return prototype === Object.prototype || prototype === null
      ? this.plain(value)
      : this.#special(value);
  }

  #array(value: unknown[]): unknown {
    const keys = Object.keys(value);
    // One that has both holes and more than its items has as many keys as items at best by chance.
    if (keys.length !== value.length || !isIndex(keys.at(-1), value)) {
      const entries: unknown[] = [value.length];
      for (const key of keys) {
        const item = value[key as unknown as number];
        if (isIndex(key, value)) {
          entries.push(Number(key), this.at(`[${key}]`, item));
        } else entries.push(this.flatten(key), this.at(`.${key}`, item));
      }
      return new Tag(entries, ValueTag.Sparse);
    }
    this.#count(value.length);
    const flat = new Array<unknown>(value.length);
    for (let i = 0; i < value.length; i++) {
      const item = value[i];
      flat[i] = typeof item === "number" && item !== 0
        ? item
        : this.at(`[${i}]`, item);
    }
    return flat;
  }

  /** Flattens an object of no class. */
  protected plain(value: object): unknown {
    const keys = Object.keys(value);
    if (keys.some((key) => key === "__proto__" || !key.isWellFormed())) {
      return new Tag(this.entries(value, keys), ValueTag.Entries);
    }
    const flat: Record<string, unknown> = {};
    for (const key of keys) {
      flat[key] = this.at(`.${key}`, (value as Record<string, unknown>)[key]);
    }
    return flat;
  }

  /** Flattens properties. */
  protected entries(value: object, keys: string[]): unknown[] {
    return keys.flatMap((key) => [
      this.flatten(key),
      this.at(`.${key}`, (value as Record<string, unknown>)[key]),
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
        this.at(`.keys()[${i}]`, key),
        this.at(
          typeof key === "string" ? `.get("${key}")` : `.values()[${i}]`,
          item,
        ),
      ]);
      return new Tag(entries, ValueTag.Map);
    }
    if (value instanceof Set) {
      const items = [...value].map((item, i) =>
        this.at(`.values()[${i}]`, item)
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
    return this.instance(value, Object.prototype.toString.call(value));
  }

  /** Flattens an object of some class, which goes as what structured clone makes of it. */
  protected instance(value: object, kind: string): unknown {
    if (kind !== "[object Object]") return this.refuseKind(kind);
    if ("_writableState" in value) {
      this.refuse(
        "a Writable of Node.js, of which only the WritableStream that `Writable.toWeb` makes can be sent",
      );
    }
    return this.plain(value);
  }

  /** Whether a property of an error can go along: an error itself never fails to be sent. */
  protected isSendable(value: unknown): boolean {
    try {
      encodeValue(value);
      return true;
    } catch {
      return false;
    }
  }

  #error(error: Error): unknown {
    const own = Object.keys(error).filter((key) =>
      key !== "cause" && key !== "errors" && key !== "name" && this.isSendable(
        (error as unknown as Record<string, unknown>)[key],
      )
    );
    const fields: unknown[] = [
      this.flatten(String(error.name)),
      this.flatten(String(error.message)),
      this.flatten(typeof error.stack === "string" ? error.stack : ""),
      this.entries(error, own),
    ];
    const aggregate = error instanceof AggregateError;
    if (Object.hasOwn(error, "cause")) {
      fields.push([this.at(".cause", error.cause)]);
    } else if (aggregate) fields.push([]);
    if (!aggregate) return new Tag(fields, ValueTag.Error);
    fields.push(error.errors.map((item, i) => this.at(`.errors[${i}]`, item)));
    return new Tag(fields, ValueTag.AggregateError);
  }

  /** Flattens what is one step further. */
  protected at(step: string, value: unknown): unknown {
    this.#count(1);
    this.path.push(step);
    const flat = this.flatten(value);
    this.path.pop();
    return flat;
  }

  #count(items: number): void {
    this.#items += items;
    if (this.#items <= MAX_ITEMS) return;
    const root = this.#root || this.path[0]!;
    throw new SerializationError(
      `Cannot send ${root}: it holds more than ${MAX_ITEMS} values; ` +
        `send them in pieces, or numbers as a typed array`,
      root,
    );
  }

  /** Refuses an object by what `Object.prototype.toString` says of it. */
  protected refuseKind(kind: string): never {
    const name = kind.slice(8, -1);
    this.refuse(
      `${/^[AEIOU]/.test(name) ? "an" : "a"} ${name}` +
        (/(Generator|Iterator)$/.test(name)
          ? ", which only runs where it is; collect what it yields, as in Array.fromAsync(…), or call it with `stream`"
          : /^(Response|Request|Blob|File)$/.test(name)
          ? ", which has no meaning on another machine; send what is in it, such as its bytes or its stream"
          : name === "TransformStream"
          ? ", of which only the two ends can be sent, its `readable` and its `writable`"
          : ""),
    );
  }

  /** Refuses a value. */
  protected refuse(what: string): never {
    const path = (this.#root + this.path.join("")).replace(/^\./, "");
    throw new SerializationError(
      `Cannot send ${path}: it is ${what}${
        what.includes(",") ? "" : ", which has no meaning on another machine"
      }`,
      path,
    );
  }
}

/** Whether a key is that of an item. */
function isIndex(key: string | undefined, { length }: unknown[]): boolean {
  if (key === undefined) return length === 0;
  const index = Number(key);
  return Number.isInteger(index) && index >= 0 && index < length &&
    String(index) === key;
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

// Bytes into values: the other half of `encode_value.ts`. The bytes may come from a hostile side.

import { Decoder, Tag } from "./cbor.ts";
import { ProtocolError } from "./errors.ts";
import { scanCbor } from "./scan.ts";
import { ERRORS, ValueTag, VIEWS } from "./value_tags.ts";

/** Makes live values of what stands for them. */
export interface LiveIn {
  /**
   * Makes a live value.
   *
   * @throws {ProtocolError} If nothing sensible stands for it.
   */
  import(flat: unknown[]): object;
}

const decoder = new Decoder({ useRecords: false, mapsAsObjects: true });

/**
 * Decodes a value.
 *
 * @param bytes What `encodeValue` returned on the other side.
 * @param live Makes live values; without it there must be none.
 * @throws {ProtocolError} If the bytes are anything else.
 */
export function decodeValue(bytes: Uint8Array, live?: LiveIn): unknown {
  return decodeChecked(bytes, (flat) => new Reviver(live).revive(flat));
}

/**
 * Decodes what holds no more than CBOR and the tags of tongs.
 *
 * @param revive Makes the value of the tree.
 * @throws {ProtocolError} If it makes no sense.
 */
export function decodeChecked(
  bytes: Uint8Array,
  revive: (flat: unknown) => unknown,
): unknown {
  scanCbor(bytes);
  try {
    return revive(decoder.decode(bytes));
  } catch (error) {
    if (error instanceof ProtocolError) throw error;
    throw new ProtocolError(
      "Cannot decode a message: its values make no sense",
      { cause: error },
    );
  }
}

type ViewConstructor = new (buffer: ArrayBuffer) => ArrayBufferView;

/** Turns the tree that CBOR gives into the value it stands for. */
export class Reviver {
  /** All objects so far, in the order in which the encoder met them. */
  #objects: object[] = [];
  #live: LiveIn | undefined;

  constructor(live?: LiveIn) {
    this.#live = live;
  }

  /** Revives a value. */
  revive(flat: unknown): unknown {
    if (typeof flat !== "object" || flat === null) return flat;
    if (flat instanceof Tag) return this.tag(flat);
    if (flat instanceof Uint8Array) flat = new Uint8Array(flat); // It is a view of bytes that do not last.
    this.#objects.push(flat as object);
    if (Array.isArray(flat)) {
      for (let i = 0; i < flat.length; i++) {
        if (typeof flat[i] === "object") flat[i] = this.revive(flat[i]);
      }
    } else if (!(flat instanceof Uint8Array)) {
      const record = flat as Record<string, unknown>;
      for (const key of Object.keys(record)) {
        if (typeof record[key] === "object") {
          record[key] = this.revive(record[key]);
        }
      }
    }
    return flat;
  }

  /** Revives what has a tag. */
  protected tag({ tag, value }: Tag): unknown {
    switch (tag) {
      case ValueTag.Reference:
        return this.#objects[numeric(value)] ?? refuse("it refers to nothing");
      case ValueTag.NegativeZero:
        return -0;
      case ValueTag.BigInt:
        return bigint(value);
      case ValueTag.Utf16:
        return utf16(bytes(value));
    }
    // The objects from here on have numbers, taken before what they hold.
    const number = this.#objects.length;
    this.#objects.push({});
    const object = this.object(tag, value, number);
    this.#objects[number] = object;
    return object;
  }

  /** Revives an object, which has this number. */
  protected object(tag: number, value: unknown, number: number): object {
    switch (tag) {
      case ValueTag.Map:
        return this.#map(array(value), number);
      case ValueTag.Set: {
        const set = this.early(new Set<unknown>(), number);
        for (const item of array(value)) set.add(this.revive(item));
        return set;
      }
      case ValueTag.Date:
        return new Date(value === null ? NaN : numeric(value));
      case ValueTag.RegExp: {
        const [source, flags] = array(value);
        return new RegExp(text(source), text(flags));
      }
      case ValueTag.Error:
      case ValueTag.AggregateError:
        return this.#error(
          array(value),
          number,
          tag === ValueTag.AggregateError,
        );
      case ValueTag.Url:
        return new URL(text(value));
      case ValueTag.View: {
        const [kind, data] = array(value);
        const View = VIEWS[numeric(kind)] as ViewConstructor | undefined ??
          refuse("it has a view of no known class");
        return new View(new Uint8Array(bytes(data)).buffer);
      }
      case ValueTag.Buffer:
        return new Uint8Array(bytes(value)).buffer;
      case ValueTag.Sparse: {
        const [length, ...entries] = array(value);
        const sparse = this.early([] as unknown[], number);
        sparse.length = numeric(length);
        for (let i = 0; i + 1 < entries.length; i += 2) {
          const index = entries[i];
          if (typeof index !== "number") {
            this.define(sparse, entries.slice(i, i + 2));
          } else if (index >= sparse.length) refuse("its array is too short");
          else sparse[index] = this.revive(entries[i + 1]);
        }
        return sparse;
      }
      case ValueTag.Entries:
        return this.define(this.early({}, number), array(value));
      case ValueTag.Boxed:
        return Object(this.revive(value));
      case ValueTag.Live:
        return this.#live?.import(array(value)) ??
          refuse("it has a stream in a place where none can be");
    }
    return refuse(`its tag ${tag} is unknown`);
  }

  /** Registers an object before what it holds, which may refer back to it. */
  protected early<T extends object>(object: T, number: number): T {
    this.#objects[number] = object;
    return object;
  }

  #map(entries: unknown[], number: number): Map<unknown, unknown> {
    const map = this.early(new Map<unknown, unknown>(), number);
    for (let i = 0; i + 1 < entries.length; i += 2) {
      const key = this.revive(entries[i]);
      map.set(key, this.revive(entries[i + 1]));
    }
    return map;
  }

  #error(fields: unknown[], number: number, aggregate: boolean): Error {
    const name = text(this.revive(fields[0]));
    const message = text(this.revive(fields[1]));
    const Class = Object.hasOwn(ERRORS, name)
      ? ERRORS[name as keyof typeof ERRORS]
      : Error;
    const error = this.early(
      aggregate ? new AggregateError([], message) : new Class(message),
      number,
    );
    if (error.name !== name) define(error, "name", name);
    define(error, "stack", text(this.revive(fields[2])));
    this.define(error, array(fields[3]));
    const cause = fields[4] === undefined ? [] : array(fields[4]);
    if (cause.length > 0) define(error, "cause", this.revive(cause[0]));
    if (aggregate) {
      define(
        error,
        "errors",
        array(fields[5]).map((item) => this.revive(item)),
      );
    }
    return error;
  }

  /** Gives an object properties. */
  protected define<T extends object>(target: T, entries: unknown[]): T {
    for (let i = 0; i + 1 < entries.length; i += 2) {
      const value = this.revive(entries[i + 1]);
      Object.defineProperty(target, this.key(entries[i]), {
        value,
        writable: true,
        enumerable: true,
        configurable: true,
      });
    }
    return target;
  }

  /** The key of a property. */
  protected key(flat: unknown): PropertyKey {
    return text(this.revive(flat));
  }
}

function define(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, {
    value,
    writable: true,
    configurable: true,
  });
}

export function array(value: unknown): unknown[] {
  return Array.isArray(value) ? value : refuse("it lacks an array");
}

export function text(value: unknown): string {
  return typeof value === "string" ? value : refuse("it lacks a text");
}

export function numeric(value: unknown): number {
  return typeof value === "number" ? value : refuse("it lacks a number");
}

function bytes(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : refuse("it lacks bytes");
}

function bigint(value: unknown): bigint {
  const digits = text(value);
  if (!/^-?[0-9a-f]+$/.test(digits)) refuse("it lacks digits");
  return digits.startsWith("-")
    ? -BigInt(`0x${digits.slice(1)}`)
    : BigInt(`0x${digits}`);
}

function utf16(bytes: Uint8Array): string {
  let result = "";
  for (let i = 0; i + 1 < bytes.length; i += 2) {
    result += String.fromCharCode((bytes[i]! << 8) | bytes[i + 1]!);
  }
  return result;
}

export function refuse(why: string): never {
  throw new ProtocolError(`Cannot decode a message: ${why}`);
}

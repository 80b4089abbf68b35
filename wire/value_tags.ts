// The CBOR tags of values that plain CBOR has no word for. They lie in the range that is
// unassigned and that cbor-x has no meaning for either, so that it hands them out as they are.

/** What each tag stands for. */
export const ValueTag = {
  /** An object that came before, by its number. */
  Reference: 40_000,
  /** `[key, value, key, value, …]` */
  Map: 40_001,
  /** `[value, …]` */
  Set: 40_002,
  /** Milliseconds, or null for an invalid date. */
  Date: 40_003,
  /** `[source, flags, lastIndex]` */
  RegExp: 40_004,
  /** Hexadecimal digits, with a sign. */
  BigInt: 40_005,
  /** `[name, message, stack, own properties, cause?]` */
  Error: 40_006,
  /** Its text. */
  Url: 40_007,
  /** `[class, bytes]` */
  View: 40_008,
  /** Its bytes. */
  Buffer: 40_009,
  /** -0 */
  NegativeZero: 40_010,
  /** `[length, index or key, value, …]`: an array with holes, or with more than its items. */
  Sparse: 40_011,
  /** `[key, value, …]`: an object with a key that needs care. */
  Entries: 40_012,
  /** A primitive in its object. */
  Boxed: 40_013,
  /** UTF-16 of a string that UTF-8 cannot hold. */
  Utf16: 40_014,
  /** Like `Error`, with `errors`: `[name, message, stack, own properties, cause or hole, errors]` */
  AggregateError: 40_015,
  // From here on only in what a function captured.
  /** A function that goes along, by its number. */
  Function: 40_016,
  /** `[number of its class, or its prototype, [key, value, …]]` */
  Instance: 40_017,
  /** `[kind, text, number]`, see `SymbolKind`. */
  Symbol: 40_018,
  /** `[what it is but for its class, that as in Instance, [key, value, …]]`: a map, an error… */
  Special: 40_019,
  /** The `prototype` of a function, by the number of that. */
  Prototype: 40_020,
  /** `[getter or null, setter or null]`, by their numbers, in the place of a property's value. */
  Accessor: 40_021,
  // In any message that streams may go along with.
  /** `[kind, number of its stream, …]`: a stream, a channel. */
  Live: 40_022,
} as const;

/** Which symbols there are. */
export const SymbolKind = {
  /** One of the language, such as `Symbol.iterator`; its text is its name. */
  WellKnown: 0,
  /** One of `Symbol.for`; its text is its key. */
  Registered: 1,
  /** Any other; its text is its description, and the number tells it apart. */
  Own: 2,
} as const;

/** The classes of views, in the order of their numbers on the wire. */
export const VIEWS = [
  DataView,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  ...("Float16Array" in globalThis ? [Float16Array] : []),
] as const;

/** The classes of errors that keep their class. */
export const ERRORS = {
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
} as const;

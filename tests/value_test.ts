// Values on the wire: what structured clone takes arrives as it was, the rest is refused with a
// path, and hostile bytes end in a ProtocolError.

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { decodeValue } from "../wire/decode_value.ts";
import { encodeValue } from "../wire/encode_value.ts";
import { ProtocolError, SerializationError } from "../wire/errors.ts";
import { Encoder, Tag } from "../wire/cbor.ts";

// deno-lint-ignore no-explicit-any
function roundTrip(value: unknown): any {
  return decodeValue(encodeValue(value));
}

const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
  withUnicodeString: true,
  withBoxedValues: true,
  withNullPrototype: false,
  maxDepth: 4,
} as fc.ObjectConstraints);

Deno.test("a value arrives as structured clone would deliver it", () => {
  fc.assert(
    fc.property(
      anything,
      (value) => assertEquals(roundTrip(value), structuredClone(value)),
    ),
    { numRuns: 1500 },
  );
});

Deno.test("numbers and strings at the edges arrive exactly", () => {
  for (
    const value of [
      0,
      -0,
      NaN,
      Infinity,
      -Infinity,
      2 ** 31,
      2 ** 32,
      2 ** 53,
      -(2 ** 53),
      1e300,
      5e-324,
    ]
  ) assertStrictEquals(roundTrip(value), value);
  for (
    const value of ["", "\0", "\ud800", "a\udfffb", "€😀", "x".repeat(100_000)]
  ) {
    assertStrictEquals(roundTrip(value), value);
  }
  for (const value of [0n, -1n, 2n ** 64n, -(2n ** 200n)]) {
    assertStrictEquals(roundTrip(value), value);
  }
  assertStrictEquals(roundTrip(undefined), undefined);
  assertEquals(Object.keys(roundTrip({ a: undefined })), ["a"]);
});

Deno.test("cycles and shared references keep their shape", () => {
  const shared = { n: 1 };
  // deno-lint-ignore no-explicit-any
  const value: any = {
    a: shared,
    b: [shared],
    bytes: new Uint8Array([1]),
    map: new Map(),
    set: new Set(),
  };
  value.self = value;
  value.map.set(value, value.map);
  value.set.add(value.set);
  value.again = value.bytes;
  value.error = new Error("x", { cause: value });
  const result = roundTrip(value);
  assertStrictEquals(result.self, result);
  assertStrictEquals(result.a, result.b[0]);
  assertStrictEquals(result.again, result.bytes);
  assertStrictEquals(result.map.get(result), result.map);
  assert(result.set.has(result.set));
  assertStrictEquals(result.error.cause, result);
});

Deno.test("errors keep class, message, stack, cause and own properties", () => {
  const cause = new RangeError("inner");
  const error = Object.assign(new TypeError("outer", { cause }), {
    code: "E_X",
    fn: () => {},
  });
  const result = roundTrip(error);
  assertInstanceOf(result, TypeError);
  assertEquals(result.message, "outer");
  assertEquals(result.stack, error.stack);
  assertInstanceOf(result.cause, RangeError);
  assertEquals(result.code, "E_X");
  assert(!("fn" in result));
  const aggregate = roundTrip(new AggregateError([cause, 1], "many"));
  assertInstanceOf(aggregate, AggregateError);
  assertEquals(aggregate.errors[1], 1);
  assertInstanceOf(aggregate.errors[0], RangeError);
});

Deno.test("URLs, regular expressions, dates, views and buffers keep their class", () => {
  assertEquals(roundTrip(new URL("http://a/b?c#d")).href, "http://a/b?c#d");
  assertEquals(String(roundTrip(/a\/b/giu)), "/a\\/b/giu");
  assert(Number.isNaN(roundTrip(new Date(NaN)).getTime()));
  assertEquals(
    roundTrip(new Float64Array([1.5, -0])),
    new Float64Array([1.5, -0]),
  );
  assertInstanceOf(roundTrip(new ArrayBuffer(3)), ArrayBuffer);
  assertInstanceOf(roundTrip(new DataView(new ArrayBuffer(3))), DataView);
  const pooled = new Uint8Array(new ArrayBuffer(1000), 10, 3);
  assertEquals(roundTrip(pooled).buffer.byteLength, 3);
});

Deno.test("a key named __proto__ neither gets lost nor changes a prototype", () => {
  const value = JSON.parse('{"__proto__": {"polluted": 1}, "a": 2}');
  const result = roundTrip({ value }).value;
  assertEquals(Object.keys(result), ["__proto__", "a"]);
  assertStrictEquals(Object.getPrototypeOf(result), Object.prototype);
  assertStrictEquals(result.polluted, undefined);
});

Deno.test("what cannot be sent is refused with the path to it", () => {
  const cases: [unknown, string][] = [
    [() => {}, "args"],
    [[1, { onDone: () => {} }], "args[1].onDone"],
    [{ a: new Map([["k", Symbol("s")]]) }, 'args.a.get("k")'],
    [[new Set([new WeakMap()])], "args[0].values()[0]"],
    [{ p: Promise.resolve() }, "args.p"],
    [{ g: (function* () {})() }, "args.g"],
    [[new Error("x", { cause: [new WeakRef({})] })], "args[0].cause[0]"],
  ];
  for (const [value, path] of cases) {
    const error = assertThrows(
      () => encodeValue(value, "args"),
      SerializationError,
    );
    assertEquals(error.path, path);
    assert(error.message.includes(path));
  }
});

Deno.test("a value nested too deep is refused and not a stack overflow", () => {
  let value: unknown = 1;
  for (let i = 0; i < 100_000; i++) value = [value];
  assertThrows(() => encodeValue(value), SerializationError, "nested deeper");
  let deep: unknown = 1;
  for (let i = 0; i < 990; i++) deep = new Map([["k", [deep]]]);
  roundTrip({ deep: new Map([["k", 1]]) });
  assertThrows(() => encodeValue(deep), SerializationError);
});

Deno.test("arbitrary bytes decode to a value or end in a ProtocolError", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        decodeValue(bytes);
      } catch (error) {
        assertInstanceOf(error, ProtocolError);
      }
    }),
    { numRuns: 5000 },
  );
});

Deno.test("valid messages with bytes changed decode to a value or end in a ProtocolError", () => {
  fc.assert(
    fc.property(anything, fc.nat(), fc.nat(255), (value, position, byte) => {
      const bytes = encodeValue(value);
      bytes[position % bytes.length] = byte;
      try {
        decodeValue(bytes);
      } catch (error) {
        assertInstanceOf(error, ProtocolError);
      }
    }),
    { numRuns: 3000 },
  );
});

Deno.test("a tag that would call a global function is refused", () => {
  const evil = new Encoder({ useRecords: false }).encode(
    new Tag(["eval", "globalThis.hacked = 1"], 27),
  );
  assertThrows(() => decodeValue(evil), ProtocolError, "tag 27");
  assert(!("hacked" in globalThis));
});

Deno.test("small messages that ask for much memory are refused", () => {
  for (
    const hex of [
      "9affffffff",
      "baffffffff",
      "5affffffff",
      "9b00000000ffffffff",
      "9f",
      "81".repeat(5000),
    ]
  ) assertThrows(() => decodeValue(Uint8Array.fromHex(hex)), ProtocolError);
  const sparse = new Encoder({ useRecords: false }).encode(
    new Tag([4294967295], 40_011),
  );
  assertEquals(Object.keys(decodeValue(sparse) as object), []);
});

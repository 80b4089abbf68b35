// What of a result can arrive, as far as its type says.

import type { Channel } from "../wire/channel.ts";

/**
 * What comes back of a result: `never` of what only has a meaning where it is, such as a function
 * or a generator. What is made while it is sent, as by an asynchronous generator, comes as a stream.
 * What is inside of objects is not looked at.
 *
 * @example A generator stays there, what it yields can come
 * ```ts
 * import type { Sendable } from "tongs";
 * import { assertEquals } from "@std/assert";
 *
 * const numbers: Sendable<number[] | Generator<number>> = [1, 2];
 * assertEquals(numbers.length, 2);
 * ```
 *
 * @typeParam T The type of the result.
 */
export type Sendable<T> = T extends
  | ((...args: never) => unknown)
  | (abstract new (...args: never) => unknown)
  | symbol
  | IteratorObject<unknown, unknown, never>
  | WeakRef<WeakKey>
  // By their methods alone, maps and sets of objects would be weak ones too.
  | WeakMap<WeakKey, unknown> & { size?: never }
  | WeakSet<WeakKey> & { size?: never } ? never
  : T extends ReadableStream | Channel<never, unknown> ? T
  : T extends AsyncIterable<infer I> ? ReadableStream<Sendable<I>>
  : T;

/** What {@linkcode Tunnel.stream} can stream. */
export type Streamable<T> =
  | ReadableStream<T>
  | AsyncIterable<T>
  | (Iterable<T> & object);

// The CBOR package, bundled into one file by `deno task bundle`. As an npm package it would take
// 10 ms to load, and bring a native addon along that Deno warns of in every new project.

import * as cbor from "./cbor.gen.js";

/** Encodes values. */
export interface Encoder {
  /** Encodes a value into a buffer that the next call uses again. */
  encode(value: unknown): Uint8Array;
}

/** Decodes values. */
export interface Decoder {
  /** Decodes a value; byte strings in it are views of `bytes`. */
  decode(bytes: Uint8Array): unknown;
}

/** A value with a tag. */
export interface Tag {
  /** The value. */
  value: unknown;
  /** The tag. */
  tag: number;
}

interface Package {
  Encoder: new (options: Record<string, boolean>) => Encoder;
  Decoder: new (options: Record<string, boolean>) => Decoder;
  Tag: new (value: unknown, tag: number) => Tag;
}

export const { Encoder, Decoder, Tag } = cbor as unknown as Package;

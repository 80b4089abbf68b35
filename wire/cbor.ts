// The one place that names the CBOR package. The `encode` entry is the pure JavaScript build: the
// package's main entry loads node:stream and a native addon, which costs 40 ms.

export { Decoder, Encoder, Tag } from "npm:cbor-x@1.6.8/encode";

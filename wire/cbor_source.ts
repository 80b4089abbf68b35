// What `deno task bundle` makes `cbor.gen.js` of; the one place that names the CBOR package. The
// `encode` entry is the pure JavaScript build without `node:` modules.

export { Decoder, Encoder, Tag } from "npm:cbor-x@1.6.8/encode";

// A gate before the CBOR decoder. cbor-x gives meaning to many tags, some of them dangerous in
// hostile hands (tag 27 calls any global function by name), so bytes from the other side are
// walked over first: only the tags of tongs, only definite lengths, nothing nested beyond reason.

import { ProtocolError } from "./errors.ts";
import { MAX_DEPTH, MAX_ITEMS } from "./limits.ts";
import { ValueTag } from "./value_tags.ts";

const FIRST_TAG = Math.min(...Object.values(ValueTag));
const LAST_TAG = Math.max(...Object.values(ValueTag));

// A level of a value is a tag, an array or map, and at most one more array within it.
const MAX_ITEM_DEPTH = 3 * (MAX_DEPTH + 2);

/**
 * Checks that `bytes` are exactly one CBOR item of the kind that tongs sends.
 *
 * @throws {ProtocolError} If they are not.
 */
export function scanCbor(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  /** How many items are still to come at each level. */
  const left: number[] = [1];
  let offset = 0;
  let total = 0;
  while (left.length > 0) {
    if (left[left.length - 1]! === 0) {
      left.pop();
      continue;
    }
    left[left.length - 1]!--;
    if (offset >= bytes.length) refuse("it ends too early");
    const initial = bytes[offset++]!;
    const major = initial >> 5;
    const additional = initial & 31;
    let argument = additional;
    if (additional >= 24) {
      if (additional > 27) refuse("it has an item of indefinite length");
      const size = 1 << (additional - 24);
      if (offset + size > bytes.length) refuse("it ends too early");
      argument = size === 1
        ? bytes[offset]!
        : size === 2
        ? view.getUint16(offset)
        : size === 4
        ? view.getUint32(offset)
        : major < 2 || major === 7
        ? 0 // A number, whatever it is.
        : Number(view.getBigUint64(offset));
      offset += size;
    }
    if (major === 2 || major === 3) {
      offset += argument;
      if (offset > bytes.length) refuse("it ends too early");
    } else if (major === 4 || major === 5) {
      const items = major === 4 ? argument : 2 * argument;
      // Every item takes a byte at least, so a count can never ask for more memory than was sent.
      if (items > bytes.length - offset) refuse("it ends too early");
      total += items;
      // Tags and their fields come on top of what the sender counted.
      if (total > 4 * MAX_ITEMS) refuse("it holds too many values");
      left.push(items);
    } else if (major === 6) {
      if (argument < FIRST_TAG || argument > LAST_TAG) {
        refuse(`its tag ${argument} is unknown`);
      }
      left.push(1);
    } else if (major === 7 && (additional < 20 || additional === 24)) {
      refuse(`it has the simple value ${argument}`);
    }
    if (left.length > MAX_ITEM_DEPTH) refuse("it is nested too deep");
  }
  if (offset !== bytes.length) refuse("bytes follow it");
}

function refuse(why: string): never {
  throw new ProtocolError(`Cannot decode a message: ${why}`);
}

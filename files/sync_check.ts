// Checks of what the sender of a tree says: it may be hostile.

import { ProtocolError } from "../wire/errors.ts";
import {
  DIRECTORY,
  type Entry,
  FILE,
  LEAVE,
  LINK,
  OTHER,
} from "./sync_messages.ts";

/** The longest name in UTF-16 units; file systems have less. */
const MAX_NAME = 1024;

/** The longest of other texts: targets of links, and reasons, which may name a path. */
const MAX_TEXT = 8192;

/** What follows the kind: a text, a number, or whether something is so. */
const FIELDS = {
  [DIRECTORY]: "snn",
  [FILE]: "snnn",
  [LINK]: "ssb",
  [OTHER]: "ssb",
};

/** Checks an entry. */
export function readEntry(value: unknown): Entry {
  if (Array.isArray(value)) {
    const [kind, ...fields] = value;
    if (kind === LEAVE && (fields[0] === null || isOf("s", fields[0]))) {
      return value as Entry;
    }
    const types = FIELDS[kind as keyof typeof FIELDS];
    if (
      typeof kind === "number" && types !== undefined &&
      [...types].every((type, i) => isOf(type, fields[i])) &&
      !(fields[3] < 0)
    ) return value as Entry;
  }
  throw new ProtocolError("Cannot read an entry of a tree");
}

function isOf(type: string, value: unknown): boolean {
  if (type === "s") {
    return typeof value === "string" && value.length <= MAX_TEXT;
  }
  if (type === "b") return typeof value === "boolean";
  return Number.isSafeInteger(value);
}

/** Whether a text is one name, and nothing that leads elsewhere. */
export function isName(name: string): boolean {
  return name.length > 0 && name.length <= MAX_NAME && name !== "." &&
    name !== ".." &&
    !(Deno.build.os === "windows" ? /[/\\:\0]/ : /[/\0]/).test(name);
}

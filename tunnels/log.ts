// What the far side says, on its way to a person.

/** A message from a far side. */
export interface LogRecord {
  /** The host that it comes from. */
  host: string;
  /** `output` is what a process wrote to its standard output or error, line by line. */
  level: "debug" | "info" | "warn" | "error" | "output";
  /** The text, without a line break at its end. It may hold anything that the far side likes. */
  text: string;
}

/** Takes messages from far sides. */
export type LogSink = (record: LogRecord) => void;

// Control characters but for tab and line break, and those that change the direction of text.
const UNSAFE =
  // deno-lint-ignore no-control-regex
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * Makes text from a far side fit for a terminal: control characters, with which it could move the
 * cursor, change the title or worse, become visible ones. Tabs and line breaks stay.
 *
 * @example A message that would clear the screen
 * ```ts
 * import { sanitize } from "tongs";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(sanitize("\x1b[2Jdone"), "␛[2Jdone");
 * ```
 *
 * @param text The text.
 * @returns The same text without control characters.
 */
export function sanitize(text: string): string {
  return text.replace(UNSAFE, (character) => {
    const code = character.charCodeAt(0);
    if (code === 0x7f) return "␡";
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : "\ufffd";
  });
}

/** Writes a message to standard error, each line behind the name of its host. */
export function logToStderr({ host, text }: LogRecord): void {
  const lines = sanitize(text).split("\n").map((line) =>
    `${sanitize(host)} | ${line}\n`
  );
  const bytes = new TextEncoder().encode(lines.join(""));
  for (let offset = 0; offset < bytes.length;) {
    offset += Deno.stderr.writeSync(bytes.subarray(offset));
  }
}

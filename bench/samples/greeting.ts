// A module that imports two others, to be called elsewhere.

import { shout } from "./shout.ts";
import { WORDS } from "./words.ts";

/** Greets. */
export function greet(name: string): string {
  return shout([...WORDS, name].join(" "));
}

/** Does nothing. */
export function nothing(): void {}

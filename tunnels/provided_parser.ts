// The parser of texts: it knows all kinds of tunnels, and so cannot be known to what they have in
// common, which it is given to here.

import type { TunnelOptions } from "./options.ts";
import type { Tunnel } from "./tunnel.ts";

type Parser = (text: string, options: TunnelOptions) => Tunnel;

let parser: Parser = () => {
  throw new TypeError("Cannot parse before the kinds of tunnels are loaded");
};

/** Takes the parser. */
export function provideParser(provided: Parser): void {
  parser = provided;
}

/** Makes a tunnel of a text. */
export function parseTunnel(text: string, options: TunnelOptions): Tunnel {
  return parser(text, options);
}

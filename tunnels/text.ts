// Where the parser of texts is found, which knows all kinds of tunnels and so cannot be known to them.

import type { TunnelOptions } from "./options.ts";
import type { Tunnel } from "./tunnel.ts";

type Parser = (text: string, options: TunnelOptions) => Tunnel;

let parser: Parser = () => {
  throw new TypeError("Cannot parse before the kinds of tunnels are loaded");
};

/** Takes the parser, which knows all kinds of tunnels and so cannot be known to this file. */
export function provideParser(provided: Parser): void {
  parser = provided;
}

/** Makes a tunnel of a text. */
export function parseTunnel(text: string, options: TunnelOptions): Tunnel {
  return parser(text, options);
}

// What tunnels are made of, for those parts of tongs that have to know. It is nothing for users, and
// so no member of a tunnel.

import type { OperationOptions } from "./operation.ts";
import type { Place } from "./place.ts";
import type { SetOfOne } from "./set_of_one.ts";

/** What a tunnel is made of. */
export interface TunnelInside {
  /** What it shares with all its views. */
  place: Place;
  /** What its operations carry. */
  operation: OperationOptions;
}

type LookInside = (tunnel: SetOfOne) => TunnelInside;

let look: LookInside;

/** Takes what looks inside of tunnels, which only their class can. */
export function provideInside(provided: LookInside): void {
  look = provided;
}

/** Looks inside of a tunnel. */
export function insideOf(tunnel: SetOfOne): TunnelInside {
  return look(tunnel);
}

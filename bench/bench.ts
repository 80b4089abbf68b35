// What every measurement is given.

import type { Sshd } from "../tests/support/sshd.ts";
import type { Section } from "./table.ts";

/** What a measurement may use. */
export interface Bench {
  /** How many samples to take of what takes a process. */
  rounds: number;
  /** Whether to be done soon rather than exact. */
  quick: boolean;
  /** An sshd on the loopback. */
  sshd: Sshd;
  /** The settings for `ssh -F`, which all subjects use. */
  config: string;
  /** The peers that are installed. */
  peers: Set<string>;
  /** Aborted when time is up. */
  signal: AbortSignal;
}

/** Measures one thing. */
export type Measurement = (
  bench: Bench,
) => Promise<Pick<Section, "rows" | "notes">>;

/** The name under which every subject knows the host. */
export const HOST = "host";

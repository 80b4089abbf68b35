// What is known of an agent.

/** What runtime an agent has, see {@linkcode Tunnel.info}. */
export interface AgentInfo {
  /** Its version of Deno. */
  deno: string;
  /** Its operating system, as in `Deno.build`. */
  os: string;
  /** Its architecture, as in `Deno.build`. */
  arch: string;
  /** The number of its process. */
  pid: number;
}

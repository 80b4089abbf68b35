// A tunnel to an agent that means no good, see `../testdata/hostile/agent.ts`.
import { commandCarrier, Tunnel, type TunnelOptions } from "../../mod.ts";
import { testdata } from "./tunnels.ts";

/** A tunnel whose agent is a script that does what a scenario says. */
export class Hostile extends Tunnel {
  /**
   * Constructs a new instance.
   *
   * @param scenario What the agent does.
   * @param options How to use it.
   * @param args What it needs to know.
   */
  constructor(
    scenario: string,
    options: TunnelOptions = {},
    ...args: string[]
  ) {
    const script = new URL(testdata("hostile/agent.ts")).pathname;
    super(
      "hostile",
      commandCarrier(
        () => [Deno.execPath(), "run", "-A", script, scenario, ...args],
        true,
      ),
      { onLog: () => {}, ...options },
    );
  }
}

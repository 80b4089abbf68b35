// A line of JSON for each host as it ends, and one for the run. Other programs rely on the names
// and the order.

import { errorKind, type Outcome } from "./exit.ts";
import { jsonLine } from "./json.ts";
import type { Output, OutputContext } from "./output.ts";

/** Shows a line of JSON for each host, and a last one for the run. */
export class JsonlOutput implements Output {
  #context: OutputContext;

  constructor(context: OutputContext) {
    this.#context = context;
  }

  async outcome({ host, status, value, error, ms }: Outcome): Promise<void> {
    const { terminal, view } = this.#context;
    const result = error === undefined
      ? { value: view.json(value) }
      : { error: describe(error) };
    await terminal.write(
      jsonLine({
        v: 1,
        type: "result",
        host,
        ok: status === "ok",
        ...result,
        ms: Math.round(ms),
      }) + "\n",
    );
  }

  async end(outcomes: Outcome[], ms: number): Promise<void> {
    function count(wanted: string): number {
      return outcomes.filter(({ status }) => status === wanted).length;
    }
    await this.#context.terminal.write(
      jsonLine({
        v: 1,
        type: "summary",
        ok: count("ok"),
        failed: count("failed"),
        timeout: count("timeout"),
        unreachable: count("unreachable"),
        ms: Math.round(ms),
      }) + "\n",
    );
  }
}

function describe(error: unknown): Record<string, string> {
  const { name, message } = error instanceof Error
    ? error
    : new Error(String(error));
  return {
    name: String(name),
    message: String(message),
    kind: errorKind(error),
  };
}

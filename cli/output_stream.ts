// Lines as they come, each behind the name of its host.

import { sanitize } from "../tunnels/log.ts";
import type { Outcome } from "./exit.ts";
import { printFailure, printSummary } from "./failures.ts";
import type { Output, OutputContext, StreamName } from "./output.ts";
import { LineBuffer, oneLine, pad, widthOf } from "./text.ts";

/** The longest name that the others are aligned with. */
const MAX_PREFIX = 30;

/** Shows lines as they come. */
export class StreamOutput implements Output {
  #context: OutputContext;
  #width: number;
  #lines = new Map<string, LineBuffer>();

  constructor(context: OutputContext) {
    this.#context = context;
    const widths = context.hosts.map((host) => widthOf(oneLine(host)));
    this.#width = Math.max(0, ...widths.filter((width) => width <= MAX_PREFIX));
  }

  async chunk(
    host: string,
    stream: StreamName,
    bytes: Uint8Array,
  ): Promise<void> {
    const key = `${stream} ${host}`;
    let buffer = this.#lines.get(key);
    if (buffer === undefined) {
      this.#lines.set(key, buffer = new LineBuffer());
    }
    await this.#write(host, stream, buffer.push(bytes));
  }

  async outcome(outcome: Outcome): Promise<void> {
    const { host } = outcome;
    for (const stream of ["stdout", "stderr"] as const) {
      const key = `${stream} ${host}`;
      await this.#write(host, stream, this.#lines.get(key)?.flush() ?? []);
      this.#lines.delete(key);
    }
    // Also what there is in spite of an error, such as most of a directory.
    if (outcome.error === undefined || outcome.value !== undefined) {
      const text = this.#context.view.text(outcome.value);
      if (text !== "") {
        await this.#write(host, "stdout", text.replace(/\n$/, "").split("\n"));
      }
    }
    printFailure(outcome, this.#context);
  }

  end(outcomes: Outcome[], ms: number): Promise<void> {
    printSummary(outcomes, ms, this.#context);
    return Promise.resolve();
  }

  async #write(
    host: string,
    stream: StreamName,
    lines: string[],
  ): Promise<void> {
    if (lines.length === 0) return;
    const { terminal } = this.#context;
    const isError = stream === "stderr";
    const paint = isError ? terminal.paintErr : terminal.paint;
    const name = pad(oneLine(host), this.#width);
    const prefix = isError
      ? paint("red", `${name} !`)
      : paint("cyan", `${name} |`);
    const text = lines.map((line) => `${prefix} ${sanitize(line)}\n`).join("");
    if (isError) terminal.writeErr(text);
    else await terminal.write(text);
  }
}

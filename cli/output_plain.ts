// One host: its output as if there were nothing between, byte by byte.

import type { Outcome } from "./exit.ts";
import { printFailure, printSummary } from "./failures.ts";
import type { Output, OutputContext, StreamName } from "./output.ts";
import { manyLines } from "./text.ts";

/** Shows what one host says, and nothing else. */
export class PlainOutput implements Output {
  #context: OutputContext;
  #decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };

  constructor(context: OutputContext) {
    this.#context = context;
  }

  async chunk(
    _host: string,
    stream: StreamName,
    bytes: Uint8Array,
  ): Promise<void> {
    await this.#write(stream, bytes, true);
  }

  async outcome(outcome: Outcome): Promise<void> {
    const { terminal, view } = this.#context;
    for (const stream of ["stdout", "stderr"] as const) {
      await this.#write(stream, new Uint8Array(), false);
    }
    // Also what there is in spite of an error, such as most of a directory.
    if (outcome.error === undefined || outcome.value !== undefined) {
      const text = view.text(outcome.value);
      const shown = terminal.outIsTerminal ? manyLines(text) : text;
      if (shown !== "") {
        await terminal.write(shown.endsWith("\n") ? shown : `${shown}\n`);
      }
    }
    printFailure(outcome, this.#context);
  }

  end(outcomes: Outcome[], ms: number): Promise<void> {
    printSummary(outcomes, ms, this.#context);
    return Promise.resolve();
  }

  /** A terminal would obey control characters; everything else gets the bytes as they are. */
  async #write(
    stream: StreamName,
    bytes: Uint8Array,
    isMore: boolean,
  ): Promise<void> {
    const { terminal } = this.#context;
    const isTerminal = stream === "stdout"
      ? terminal.outIsTerminal
      : terminal.errIsTerminal;
    const data = isTerminal
      ? manyLines(this.#decoders[stream].decode(bytes, { stream: isMore }))
      : bytes;
    if (data.length === 0) return;
    if (stream === "stdout") await terminal.write(data);
    else terminal.writeErr(data);
  }
}

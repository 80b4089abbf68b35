// The forms that results can be shown in, as a run sees them.

import type { Outcome } from "./exit.ts";
import type { Terminal } from "./terminal.ts";

/** The names of the forms that can be asked for. */
export const FORMATS = ["stream", "group", "table", "jsonl"] as const;

/** The name of a form. */
export type Format = typeof FORMATS[number];

/** The standard streams of a command. */
export type StreamName = "stdout" | "stderr";

/** Shows what comes of a run. */
export interface Output {
  /**
   * Takes what a command writes, as it comes. Without this, it is gathered and is part of the
   * outcome.
   */
  chunk?(host: string, stream: StreamName, bytes: Uint8Array): Promise<void>;
  /** Takes how a host ended, at once. Without this, only the end of the run is shown. */
  outcome?(outcome: Outcome): Promise<void>;
  /**
   * Takes the end of the run.
   *
   * @param outcomes Those of all hosts, in the order in which they were named.
   * @param ms How long the run took.
   */
  end(outcomes: Outcome[], ms: number): Promise<void>;
}

/** What the value of an operation looks like. */
export interface View {
  /** To a person, unless it is shown as a table. It may hold anything. */
  text(value: unknown): string;
  /** In a table: a record, or anything else. */
  record(value: unknown): unknown;
  /** To a program. */
  json(value: unknown): unknown;
  /** What to say beside it, such as the exit status of a command that failed. */
  note(value: unknown): string;
}

/** What each {@linkcode Output} is made of. */
export interface OutputContext {
  /** Where it goes. */
  terminal: Terminal;
  /** What values look like. */
  view: View;
  /** All hosts, in the order in which they were named. */
  hosts: readonly string[];
  /** Whether to say more. */
  verbose: boolean;
}

/** Makes the output for a format; without one, the one that suits the number of hosts. */
export async function makeOutput(
  format: Format | undefined,
  context: OutputContext,
): Promise<Output> {
  switch (format ?? (context.hosts.length > 1 ? "group" : "plain")) {
    case "stream":
      return new (await import("./output_stream.ts")).StreamOutput(context);
    case "jsonl":
      return new (await import("./output_jsonl.ts")).JsonlOutput(context);
    case "table":
      return new (await import("./output_table.ts")).TableOutput(context);
    case "group":
      return new (await import("./output_group.ts")).GroupOutput(context);
    default:
      return new (await import("./output_plain.ts")).PlainOutput(context);
  }
}

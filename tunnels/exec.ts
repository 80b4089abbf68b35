// Running commands to their end.

import { TongsError } from "../wire/errors.ts";
import { MAX_MESSAGE_SIZE } from "../wire/limits.ts";
import {
  type CommandContext,
  spawnCommand,
  type SpawnOptions,
} from "./command.ts";

/** Options of {@linkcode Tunnel.exec}. */
export interface ExecOptions extends Omit<SpawnOptions, "stdin"> {
  /** What the command reads from its standard input. */
  stdin?: Uint8Array | ReadableStream<Uint8Array> | "null";
}

/** How a command ended, and what it wrote. */
export interface ExecResult extends Deno.CommandStatus {
  /** What it wrote to its standard output. */
  stdout: Uint8Array<ArrayBuffer>;
  /** What it wrote to its standard error. */
  stderr: Uint8Array<ArrayBuffer>;
}

/**
 * Runs a command to its end.
 *
 * @throws {TongsError} If it writes more than a message may hold.
 */
export async function execCommand(
  context: CommandContext,
  argv: readonly string[],
  options: ExecOptions = {},
): Promise<ExecResult> {
  const { stdin, ...rest } = options;
  const input = stdin === "null" ? undefined : stdin;
  const process = spawnCommand(context, argv, {
    ...rest,
    stdin: input === undefined ? "null" : "piped",
  });
  if (input !== undefined) {
    const source = input instanceof Uint8Array
      ? new Blob([input as Uint8Array<ArrayBuffer>]).stream()
      : input;
    source.pipeTo(process.stdin).catch(() => {}); // The command need not read it all.
  }
  try {
    const [stdout, stderr] = await Promise.all([
      options.stdout === "null"
        ? new Uint8Array()
        : collect(process.stdout, context.host),
      options.stderr === "null"
        ? new Uint8Array()
        : collect(process.stderr, context.host),
    ]);
    const status = await process.status;
    options.signal?.throwIfAborted();
    return { ...status, stdout, stderr };
  } catch (error) {
    process.kill();
    await process.status.catch(() => {});
    options.signal?.throwIfAborted();
    throw error;
  }
}

async function collect(
  stream: ReadableStream<Uint8Array>,
  host: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > MAX_MESSAGE_SIZE) {
      throw new TongsError(
        `Cannot keep what a command on "${host}" writes: it is above the limit of ${MAX_MESSAGE_SIZE} bytes; use \`spawn\` and read it as it comes`,
      );
    }
    chunks.push(chunk);
  }
  return new Uint8Array(
    await new Blob(chunks as Uint8Array<ArrayBuffer>[]).arrayBuffer(),
  );
}

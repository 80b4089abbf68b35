// `tongs exec`: runs a command line on hosts.

import type { Tunnel } from "../tunnels/tunnel.ts";
import { TongsError } from "../wire/errors.ts";
import { MAX_MESSAGE_SIZE } from "../wire/limits.ts";
import type { Options } from "./options.ts";
import type { StreamName } from "./output.ts";
import { type HostContext, type Operation, run } from "./run.ts";
import { UsageError } from "./usage_error.ts";

/** How a command ended, and what it wrote unless that was shown as it came. */
interface ExecValue {
  /** Its exit status; `null` if it has not ended. */
  code: number | null;
  /** The signal that ended it, if one did. */
  signal: string | null;
  stdout: string;
  stderr: string;
}

/** A word that means something to a shell. */
const SHELL = /[\s;&|<>()$`\\"'*?[\]{}~#]/;

/**
 * Runs the command.
 *
 * @returns The exit status.
 * @throws {UsageError} If the options make no sense.
 */
export async function exec(options: Options): Promise<number> {
  const { rest = [] } = options;
  const [word] = rest;
  if (word === undefined || word === "") {
    throw new UsageError(
      "Cannot run a command: there is none",
      "write it behind --, as in tongs exec -H web1 -- uptime",
    );
  }
  const argv = rest.length === 1 && SHELL.test(word)
    ? ["sh", "-c", word]
    : rest;
  const operation: Operation = {
    run: (tunnel, context) => runCommand(tunnel, argv, context),
    text: (value) => asText(value as ExecValue),
    record: (value) => asRecord(value as ExecValue),
    json: (value) => value,
    note: (value) => asNote(value as ExecValue),
  };
  return await run(options, operation);
}

async function runCommand(
  tunnel: Tunnel,
  argv: string[],
  { signal, cleanUp, output, partial }: HostContext,
): Promise<ExecValue> {
  const process = tunnel.spawn(argv, { signal });
  let ended = false;
  // It settles also when the command is cut off, so that it can be waited for in any case.
  const status = process.status.finally(() => ended = true);
  status.catch(() => {});
  const stdout = new Gathered(tunnel.host);
  const stderr = new Gathered(tunnel.host);
  const streams = { stdout, stderr };
  async function read(name: StreamName): Promise<void> {
    const reader = process[name].getReader();
    cleanUp.defer(() => reader.cancel().catch(() => {}));
    for (
      let next = await reader.read();
      !next.done;
      next = await reader.read()
    ) {
      if (signal.aborted) continue; // Its last words are those of being ended.
      if (output.chunk === undefined) streams[name].push(next.value);
      else await output.chunk(tunnel.host, name, next.value);
    }
  }
  // What is deferred last is done first: a stream is let go only when the command is gone.
  const reading = Promise.all([read("stdout"), read("stderr")]);
  cleanUp.defer(async () => {
    if (!ended) process.kill();
    await status.catch(() => {});
  });
  signal.addEventListener("abort", () => {
    const [out, err] = [stdout.text(), stderr.text()];
    if (out + err !== "") {
      partial({ code: null, signal: null, stdout: out, stderr: err });
    }
  });
  await reading;
  const { code, signal: endedBy } = await status;
  return {
    code,
    signal: endedBy,
    stdout: stdout.text(),
    stderr: stderr.text(),
  };
}

/** What a command wrote, within limits. */
class Gathered {
  #host: string;
  #decoder = new TextDecoder();
  #parts: string[] = [];
  #size = 0;

  constructor(host: string) {
    this.#host = host;
  }

  push(bytes: Uint8Array): void {
    this.#size += bytes.length;
    if (this.#size > MAX_MESSAGE_SIZE) {
      throw new TongsError(
        `Cannot keep what the command on "${this.#host}" writes: it is more than ` +
          `${MAX_MESSAGE_SIZE} bytes; show it as it comes with --output stream`,
      );
    }
    this.#parts.push(this.#decoder.decode(bytes, { stream: true }));
  }

  text(): string {
    return this.#parts.join("");
  }
}

/** What it wrote, errors behind a mark. */
function asText({ stdout, stderr }: ExecValue): string {
  if (stderr === "") return stdout;
  const end = stdout === "" || stdout.endsWith("\n") ? "" : "\n";
  return stdout + end + stderr.replace(/\n$/, "").replace(/^/gm, "! ") + "\n";
}

function asRecord(value: ExecValue): Record<string, unknown> {
  return {
    status: value.signal ?? value.code,
    output: asText(value).trimEnd(),
  };
}

function asNote({ code, signal }: ExecValue): string {
  if (code === 0) return "";
  return signal === null ? `exit status ${code}` : `ended by ${signal}`;
}

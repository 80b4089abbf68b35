// The command that runs an agent, as this side sees it: bytes to it, bytes from it, its end.

import { TongsError } from "../wire/errors.ts";
import type { Pipe } from "../wire/link.ts";
import { type CarriedProcess, type Carrier, endProcess } from "./carrier.ts";
import { noCommandError } from "./diagnose.ts";
import { readLines, Tail } from "./tail.ts";

/** How long a carrier may take to end when it should, in milliseconds. */
export const END_GRACE = 2000;

/**
 * How long to wait for the last words of a carrier that has ended, in milliseconds, and how many
 * times: one long wait can be over before anything was read, if this process was busy meanwhile.
 */
const LINGER = 20;
const LINGERS = 10;

const READ_SIZE = 256 * 1024;

/** The process below a connection. */
export class AgentProcess implements Pipe {
  /** The command on this machine. */
  readonly command: string[];

  #process: CarriedProcess;
  #reader: ReadableStreamBYOBReader;
  #buffer = new Uint8Array(READ_SIZE);
  #writer: WritableStreamDefaultWriter<Uint8Array>;
  #stderr = new Tail();
  #killer: ReturnType<typeof setTimeout> | undefined;
  #lingerer: ReturnType<typeof setTimeout> | undefined;
  #lines: ReturnType<typeof readLines>;

  /**
   * Starts the command.
   *
   * @param host The host, for errors.
   * @param carrier How to run it.
   * @param argv What to run.
   * @param onLine Takes what the command itself says on its standard error.
   * @throws {ConnectError} If it cannot be run on this machine.
   */
  constructor(
    host: string,
    carrier: Carrier,
    argv: string[],
    onLine: (text: string) => void,
  ) {
    this.command = carrier.command(argv);
    try {
      this.#process = carrier.run(argv);
    } catch (cause) {
      const what = `Cannot connect to "${host}"`;
      throw noCommandError(what, host, this.command, cause);
    }
    this.#reader = this.#process.stdout.getReader({ mode: "byob" });
    this.#writer = this.#process.stdin.getWriter();
    // It breaks when the command has ended, and the command's status says why.
    this.#writer.closed.catch(() => {});
    this.#lines = readLines(this.#process.stderr, (text) => {
      this.#stderr.push(text);
      onLine(text);
    });
    this.#process.status.then(() => this.#linger());
  }

  /** The last lines that the command wrote to its standard error. */
  get stderr(): string {
    return String(this.#stderr);
  }

  async read(): Promise<Uint8Array | undefined> {
    const { value } = await this.#reader.read(this.#buffer)
      .catch(() => ({ value: undefined }));
    if (value === undefined || value.length === 0) return undefined;
    this.#buffer = new Uint8Array(value.buffer);
    return value;
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#writer.write(bytes);
  }

  abort(): void {
    this.kill();
  }

  /** Lets this process end only after that one. */
  ref(): void {
    this.#process.ref();
  }

  /** Lets this process end before that one. */
  unref(): void {
    this.#process.unref();
  }

  /** Asks the command to end, by the end of its input, and sees to it after some milliseconds. */
  end(grace = END_GRACE): void {
    this.#writer.close().catch(() => {});
    this.#killer ??= setTimeout(() => this.kill(), grace);
  }

  /** Ends the command. */
  kill(): void {
    endProcess(this.#process);
  }

  /**
   * Reads on for a moment after the end. A process that the command left behind may hold its
   * output open for ever, as the master of an ssh connection does.
   */
  #linger(times = LINGERS): void {
    this.#lingerer = setTimeout(() => {
      if (times > 1) return this.#linger(times - 1);
      this.#lines.cancel();
      this.#reader.cancel().catch(() => {});
    }, LINGER);
  }

  /** Waits until nothing of the command is left on this side. */
  async finish(): Promise<Deno.CommandStatus> {
    const status = await this.#process.status;
    clearTimeout(this.#killer);
    await this.#lines.done;
    clearTimeout(this.#lingerer);
    await this.#writer.abort(new TongsError("The command has ended"))
      .catch(() => {});
    return status;
  }
}

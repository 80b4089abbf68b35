// Where output goes. Results go to standard output, in order and without blocking, as who reads
// them may be slow; everything else goes to standard error. What comes from a far side has to be
// made harmless before it gets here.

import type { LiveRegion } from "./live_region.ts";
import { sanitize } from "../tunnels/log.ts";

/** The width to use where there is no terminal. */
const WIDTH = 100;

/** The height to use where it cannot be told. */
const ROWS = 24;

/** Colours a text, or not. */
export type Paint = (style: Style, text: string) => string;

/** What a text can look like. */
export type Style = keyof typeof CODES;

const CODES = { bold: 1, dim: 2, red: 31, yellow: 33, cyan: 36 };

function painter(isTerminal: boolean): Paint {
  if (!isTerminal || Deno.noColor) return (_style, text) => text;
  return (style, text) => `\x1b[${CODES[style]}m${text}\x1b[0m`;
}

function bytesOf(data: string | Uint8Array): Uint8Array {
  return typeof data === "string" ? new TextEncoder().encode(data) : data;
}

/** Standard output and standard error. */
export class Terminal {
  /** Whether a person sees standard output at once. */
  readonly outIsTerminal: boolean = Deno.stdout.isTerminal();
  /** Whether a person sees standard error at once. */
  readonly errIsTerminal: boolean = Deno.stderr.isTerminal();
  /** Colours text for standard output. */
  readonly paint: Paint = painter(this.outIsTerminal);
  /** Colours text for standard error. */
  readonly paintErr: Paint = painter(this.errIsTerminal);

  /** Whether notes are left out. */
  readonly isQuiet: boolean;

  /** Whether a result was lost, and not because nobody wanted it. */
  hasLost = false;

  #live: LiveRegion | undefined;
  #closed = false;
  #tail = Promise.resolve();
  #onClosed: () => void = () => {};

  /**
   * Constructs a new instance.
   *
   * @param quiet Whether notes are left out.
   */
  constructor(quiet = false) {
    this.isQuiet = quiet;
  }

  /** The width of a line on standard output, in columns. */
  get width(): number {
    return this.outIsTerminal ? this.room.columns : WIDTH;
  }

  /** Whether lines on standard error can be brought up to date. */
  get canDraw(): boolean {
    return this.errIsTerminal && Deno.env.get("TERM") !== "dumb";
  }

  /** The room on the terminal, where there is one. */
  get room(): { columns: number; rows: number } {
    try {
      const { columns, rows } = Deno.consoleSize();
      return { columns: columns || WIDTH, rows: rows || ROWS };
    } catch {
      return { columns: WIDTH, rows: ROWS };
    }
  }

  /**
   * Makes it possible to draw. The package for it is loaded only where it is of use.
   */
  async prepareDrawing(): Promise<void> {
    if (!this.canDraw) return;
    const { makeLiveRegion } = await import("./live_region.ts");
    this.#live = makeLiveRegion({
      write: (text) => this.#writeErr(text),
      size: () => this.room,
    });
  }

  /** Shows lines at the bottom of the terminal, in place of those that were there. */
  draw(lines: string[]): void {
    if (lines.length === 0) this.#live?.clear();
    else this.#live?.show(lines);
  }

  /** Calls back once nobody reads standard output any more. */
  onClosed(callback: () => void): void {
    this.#onClosed = callback;
    if (this.#closed) callback();
  }

  /** Writes a result. Resolves when it is written, also if nobody reads it any more. */
  write(data: string | Uint8Array): Promise<void> {
    const bytes = bytesOf(data);
    return this.#tail = this.#tail.then(() => this.#writeAll(bytes));
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    if (this.outIsTerminal) this.#live?.clear();
    for (let offset = 0; offset < bytes.length && !this.#closed;) {
      try {
        offset += await Deno.stdout.write(bytes.subarray(offset));
      } catch (error) {
        // Whoever shares the stream may have made it non-blocking.
        if (error instanceof Deno.errors.WouldBlock) {
          await new Promise((resolve) => setTimeout(resolve, 10));
          continue;
        }
        if (!(error instanceof Deno.errors.BrokenPipe)) {
          this.hasLost = true;
          this.error(`Cannot write the output: ${(error as Error).message}`);
        }
        this.#onClosed(); // It may have a last word.
        this.#closed = true;
      }
    }
  }

  /** Writes bytes to standard error as they are, unless nobody reads the results any more. */
  writeErr(data: string | Uint8Array): void {
    this.#live?.clear();
    this.#writeErr(data);
  }

  #writeErr(data: string | Uint8Array): void {
    if (this.#closed) return;
    const bytes = bytesOf(data);
    try {
      for (let offset = 0; offset < bytes.length;) {
        offset += Deno.stderr.writeSync(bytes.subarray(offset));
      }
    } catch {
      // Nobody is there to be told.
    }
  }

  /** Says what went wrong, and perhaps what to try. */
  error(message: string, hint?: string): void {
    this.#say(this.paintErr("red", "tongs:"), message, hint);
  }

  /** Says what a person may want to know. */
  note(message: string): void {
    if (!this.isQuiet) this.#say("tongs:", message);
  }

  /** Says what a person should know. */
  warn(message: string): void {
    if (!this.isQuiet) this.#say(this.paintErr("yellow", "tongs:"), message);
  }

  #say(prefix: string, message: string, hint?: string): void {
    const hinted = hint === undefined ? "" : `\n  hint: ${sanitize(hint)}`;
    this.writeErr(`${prefix} ${sanitize(message)}${hinted}\n`);
  }
}

// Follows transfers while they run: bars on a terminal, now and then a line elsewhere.

import {
  type HostProgress,
  progressLines,
  type ProgressState,
  progressText,
} from "./progress_view.ts";
import type { Terminal } from "./terminal.ts";

/** How often a terminal is brought up to date, in milliseconds. */
const FRAME = 100;

/** How often there is a line where there is no terminal, in milliseconds. */
const LINE = 10_000;

/** Over how long the rate is taken, in milliseconds. */
const WINDOW = 3000;

/** What {@linkcode Progress} needs to know. */
export interface ProgressOptions {
  /** What is done, as in "put site.tar". */
  title: string;
  /** How many hosts there are. */
  hosts: number;
  /** Where it is shown. */
  terminal: Terminal;
}

/** Shows how far transfers are. */
export class Progress implements Disposable {
  #options: ProgressOptions;
  #begun = new Map<string, HostProgress>();
  /** How much there was at some times of late. */
  #samples = [{ time: performance.now(), bytes: 0 }];
  #bytes = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** Begins to show it. Whoever wants to read only results is not shown any. */
  constructor(options: ProgressOptions) {
    this.#options = options;
    const { terminal } = options;
    if (terminal.isQuiet) return;
    this.#timer = terminal.canDraw
      ? setInterval(() => this.#draw(), FRAME)
      : setInterval(() => terminal.note(progressText(this.#state())), LINE);
  }

  /** A host begins. */
  begin(host: string): void {
    this.#begun.set(host, {
      host,
      bytes: 0,
      total: undefined,
      isOver: false,
    });
  }

  /** A host is so far. */
  update({ host, bytes, total }: Omit<HostProgress, "isOver">): void {
    const progress = this.#begun.get(host);
    if (progress === undefined) return;
    this.#bytes += bytes - progress.bytes;
    // Of a directory, it is not known at first whether anything has to be copied.
    Object.assign(progress, { bytes, total: total === 0 ? undefined : total });
  }

  /** A host is through, or has failed. */
  end(host: string): void {
    const progress = this.#begun.get(host);
    if (progress === undefined) return;
    // What never came is no longer waited for.
    Object.assign(progress, { isOver: true, total: progress.bytes });
  }

  /** Takes it away, once it has shown where it got to. */
  [Symbol.dispose](): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    if (this.#options.terminal.canDraw) this.#draw();
    this.#options.terminal.draw([]);
  }

  #draw(): void {
    const { terminal } = this.#options;
    terminal.draw(progressLines(this.#state(), terminal.room));
  }

  #state(): ProgressState {
    const { title, hosts } = this.#options;
    return {
      title,
      hosts,
      begun: [...this.#begun.values()],
      rate: this.#rate(),
    };
  }

  #rate(): number {
    const time = performance.now();
    this.#samples.push({ time, bytes: this.#bytes });
    while (this.#samples.length > 2 && this.#samples[1]!.time < time - WINDOW) {
      this.#samples.shift();
    }
    const [first] = this.#samples;
    if (time === first!.time) return 0;
    return Math.max(0, (this.#bytes - first!.bytes) / (time - first!.time)) *
      1000;
  }
}

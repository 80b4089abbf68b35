// Runs one operation on all hosts, some at a time, and shows what comes of it.

import { GroupCall } from "../group/group_call.ts";
import { type LogRecord, sanitize } from "../tunnels/log.ts";
import type { Tunnel } from "../tunnels/tunnel.ts";
import { abortable } from "../wire/abortable.ts";
import { formatMs } from "./duration.ts";
import { errorKind, EXIT, exitStatus, type Outcome, statusOf } from "./exit.ts";
import { Interrupt } from "./interrupt.ts";
import type { Options } from "./options.ts";
import { type Format, makeOutput, type Output, type View } from "./output.ts";
import { findTargets } from "./targets.ts";
import { type Style, Terminal } from "./terminal.ts";
import { oneLine } from "./text.ts";

/** What an operation gets for one host. */
export interface HostContext {
  /** Aborted when it is to end. */
  signal: AbortSignal;
  /** What to clean up once the outcome is known. */
  cleanUp: AsyncDisposableStack;
  /** Where results go. */
  output: Output;
  /** Takes what there is so far, in case that nothing more comes. */
  partial: (value: unknown) => void;
}

/** What there is while an operation runs; disposed of before the end of its output. */
export interface Prepared extends AsyncDisposable {
  /** Resolves when it can begin; if it rejects, it fails on all hosts. */
  ready: Promise<unknown> | undefined;
}

/** What to do on each host. */
export interface Operation extends View {
  /**
   * Gets ready for all hosts.
   *
   * @throws {UsageError} If that makes no sense for them.
   */
  prepare?(hosts: readonly string[], terminal: Terminal): Promise<Prepared>;
  /** The form that suits the results of many hosts, if it is not that of most operations. */
  format?: Format;
  /**
   * Whether it is for what it does and not for what it shows, so that a host it did not get to is a
   * failure, also when nobody reads what it shows.
   */
  isWork?: boolean;
  /** Does it. */
  run(tunnel: Tunnel, context: HostContext): Promise<unknown>;
}

/**
 * Runs an operation on all hosts that the options name.
 *
 * @returns The exit status.
 * @throws {UsageError} If no host is named.
 */
export async function run(
  options: Options,
  operation: Operation,
): Promise<number> {
  const terminal = new Terminal(options.quiet);
  const targets = await findTargets(options, {
    tunnel: {
      ...options.tunnel,
      onLog: (record) => printLog(record, terminal, options),
    },
    warn: (message) => terminal.warn(message),
  });
  const tunnels = targets.map(({ tunnel }) => tunnel);
  const hosts = tunnels.map(({ host }) => host);
  const format = hosts.length > 1 ? operation.format : undefined;
  const output = await makeOutput(options.output ?? format, {
    terminal,
    view: operation,
    hosts,
    verbose: options.verbose,
  });
  using interrupt = new Interrupt();
  let left = hosts.length;
  // Nobody wants the rest when nobody reads any more.
  terminal.onClosed(() => {
    interrupt.stop();
    if (operation.isWork !== true || left === 0) return;
    terminal.error(
      `Cannot go on as nobody reads the output: ${left} of ${hosts.length} hosts are left`,
    );
  });
  const start = performance.now();
  const prepared = await operation.prepare?.(hosts, terminal);
  const closings: Promise<void>[] = [];
  const call = new GroupCall({
    tunnels,
    concurrency: options.fanout,
    async run(tunnel) {
      const cleanUp = new AsyncDisposableStack();
      const ready = prepared?.ready;
      const context = { cleanUp, output, interrupt, ready };
      const outcome = await runOne(tunnel, operation, options, context);
      left--;
      await output.outcome?.(outcome);
      const closing = cleanUp.disposeAsync();
      closings.push(closing);
      // Who has pressed ^C wants to see what there is, and not to wait for hosts that hang.
      await abortable(closing, interrupt.signal).catch(() => {});
      return outcome;
    },
  });
  const result = (await call).raiseFailures();
  const outcomes = [...result.successful()].map(([, outcome]) => outcome);
  await prepared?.[Symbol.asyncDispose]();
  await output.end(outcomes, performance.now() - start);
  await Promise.allSettled(closings);
  if (interrupt.status !== undefined) return interrupt.status;
  return Math.max(
    terminal.hasLost ? EXIT.failed : EXIT.ok,
    exitStatus(
      outcomes.filter(({ error }) =>
        operation.isWork === true || errorKind(error) !== "cancelled"
      ),
    ),
  );
}

interface RunContext {
  cleanUp: AsyncDisposableStack;
  output: Output;
  interrupt: Interrupt;
  ready: Promise<unknown> | undefined;
}

async function runOne(
  tunnel: Tunnel,
  operation: Operation,
  { timeout }: Options,
  { cleanUp, output, interrupt, ready }: RunContext,
): Promise<Outcome> {
  const { host } = tunnel;
  if (interrupt.signal.aborted) {
    const error = new DOMException("Interrupted before it began", "AbortError");
    return { host, status: "failed", ms: 0, error };
  }
  const start = performance.now();
  const limit = new AbortController();
  const timer = timeout === undefined ? undefined : setTimeout(() => {
    const message =
      `Cannot wait longer for "${host}": it did not finish within ${
        formatMs(timeout)
      }`;
    limit.abort(new DOMException(message, "TimeoutError"));
  }, timeout);
  const signal = AbortSignal.any([interrupt.signal, limit.signal]);
  let partial: unknown;
  let outcome: Omit<Outcome, "ms">;
  cleanUp.use(tunnel);
  const work = async () => {
    await ready;
    return await operation.run(tunnel, {
      signal,
      cleanUp,
      output,
      partial: (value) => partial = value,
    });
  };
  try {
    // What it leaves behind when it is too late is cleaned up after the outcome is shown.
    const value = await abortable(work(), signal);
    const note = operation.note(value);
    if (/130|255|SIG/.test(note)) await interrupt.settle();
    interrupt.signal.throwIfAborted();
    outcome = { host, status: note === "" ? "ok" : "failed", value };
  } catch (thrown) {
    if (statusOf(thrown) === "unreachable") await interrupt.settle();
    const error = interrupt.signal.aborted ? interrupt.signal.reason : thrown;
    outcome = { host, status: statusOf(error), value: partial, error };
  } finally {
    clearTimeout(timer);
  }
  return { ...outcome, ms: performance.now() - start };
}

const STYLES: { [level in LogRecord["level"]]?: Style } = {
  error: "red",
  warn: "yellow",
  debug: "dim",
};

function printLog(
  { host, level, text }: LogRecord,
  terminal: Terminal,
  { quiet, verbose }: Options,
): void {
  if (quiet || (level === "debug" && !verbose)) return;
  const style = STYLES[level];
  const prefix = `${oneLine(host)} |`;
  const painted = style === undefined
    ? prefix
    : terminal.paintErr(style, prefix);
  const lines = sanitize(text).split("\n");
  terminal.writeErr(lines.map((line) => `${painted} ${line}\n`).join(""));
}

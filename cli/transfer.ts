// What `tongs put`, `fetch` and `sync` have in common: operands, progress, and what is shown.

import type { Together } from "../group/group_call.ts";
import { bareName } from "./bare_name.ts";
import type { Format, Options } from "./options.ts";
import type { View } from "./output.ts";
import { Progress } from "./progress.ts";
import { type HostContext, run } from "./run.ts";
import type { Terminal } from "./terminal.ts";
import { UsageError } from "./usage_error.ts";

/** Takes how far a host is. */
export type Follow = (
  host: string,
  bytes: number,
  total: number | undefined,
) => void;

/** A transfer, before it is known which hosts it is for. */
export interface Transfer extends View {
  /** What is done, for the progress; without it, none is shown. */
  title: string | undefined;
  /** The form that suits the results of many hosts. */
  format?: Format;
  /** Gets it ready for hosts. */
  begin(
    hosts: readonly string[],
    follow: Follow,
    terminal: Terminal,
  ): Together<unknown>;
  /** What there is in spite of an error. */
  partial?(error: unknown): unknown;
}

/** Runs a transfer on all hosts that the options name. */
export async function runTransfer(
  options: Options,
  transfer: Transfer,
): Promise<number> {
  let together: Together<unknown>;
  let progress: Progress | undefined;
  return await run(options, {
    ...transfer,
    async prepare(hosts, terminal) {
      const { title } = transfer;
      const follow: Follow = (...so) => progress?.update(...so);
      together = begin(transfer, hosts, follow, terminal);
      const aborter = new AbortController();
      const ready = together.ready?.(aborter.signal);
      ready?.catch(() => {}); // The hosts are told of it.
      if (title !== undefined) {
        await terminal.prepareDrawing();
        progress = new Progress({ title, hosts: hosts.length, terminal });
      }
      return {
        ready,
        async [Symbol.asyncDispose]() {
          aborter.abort(new DOMException("The program ends", "AbortError"));
          progress?.[Symbol.dispose]();
          await together.end?.();
        },
      };
    },
    async run(tunnel, { signal, cleanUp, partial }: HostContext) {
      progress?.begin(tunnel.host);
      const running = together.run(tunnel, signal);
      // What is cut off removes what it has left before the program ends.
      cleanUp.defer(() => running.then(() => {}, () => {}));
      try {
        return await running;
      } catch (error) {
        const value = transfer.partial?.(error);
        if (value !== undefined) partial(value);
        throw error;
      } finally {
        progress?.end(tunnel.host);
      }
    },
  });
}

/** What is wrong with a template is wrong with the command line. */
function begin(
  transfer: Transfer,
  ...args: Parameters<Transfer["begin"]>
): Together<unknown> {
  try {
    return transfer.begin(...args);
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) {
      throw new UsageError(error.message);
    }
    throw error;
  }
}

/** The two operands of a command. */
export function twoOperands(
  { operands, rest = [] }: Options,
  command: string,
  [first, second]: [string, string],
): [string, string] {
  const words = [...operands, ...rest];
  const example = `as in tongs ${command}`;
  if (words.length < 2 || words.includes("")) {
    throw new UsageError(
      `Cannot tell ${words.length === 0 ? `${first} and ${second}` : second}`,
      example,
    );
  }
  if (words.length > 2) {
    throw new UsageError(
      `Cannot use "${words[2]}": there are ${first} and ${second} already`,
      `quote what a shell would expand, ${example}`,
    );
  }
  return [words[0]!, words[1]!];
}

/** A directory as a target means the same name in it. */
export function intoDirectory(target: string, source: string): string {
  return target.endsWith("/") ? target + bareName(source) : target;
}

// What `tongs put`, `fetch` and `sync` have in common: progress, and what is shown.

import type { Together } from "../group/group_call.ts";
import type { Options } from "./options.ts";
import type { Format, View } from "./output.ts";
import { Progress } from "./progress.ts";
import { type HostContext, run } from "./run.ts";
import type { Terminal } from "./terminal.ts";
import { UsageError } from "./usage_error.ts";

/** A transfer, before it is known which hosts it is for. */
export interface Transfer extends Pick<View, "text" | "record"> {
  /** What is done, for the progress. Without it, none is shown, and the output is what it is for. */
  title: string | undefined;
  /** The form that suits the results of many hosts. */
  format?: Format;
  /** Gets it ready for hosts, of which it tells how far they are. */
  begin(
    hosts: readonly string[],
    onProgress: Progress["update"],
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
    isWork: transfer.title !== undefined,
    json: (value) => value,
    note: () => "",
    async prepare(hosts, terminal) {
      const { title } = transfer;
      together = begin(
        transfer,
        hosts,
        (so) => progress?.update(so),
        terminal,
      );
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

// What user code on the far side can learn about itself, behind the `remote` of the public API.

import type { Log, RealmHello } from "../wire/messages.ts";
import { realmGlobals } from "./realm_globals.ts";

/** What belongs to one call. */
export class CallContext {
  #aborter: AbortController | undefined;
  #aborted = false;
  #reason: unknown;

  /** Whether the call was cancelled. */
  get aborted(): boolean {
    return this.#aborted;
  }

  /** Aborted when the call is cancelled. Made only for those who ask: it takes 2 µs. */
  get signal(): AbortSignal {
    if (this.#aborter === undefined) {
      this.#aborter = new AbortController();
      if (this.#aborted) this.#aborter.abort(this.#reason);
    }
    return this.#aborter.signal;
  }

  /** Cancels the call. */
  abort(reason: unknown): void {
    this.#aborted = true;
    this.#reason = reason;
    this.#aborter?.abort(reason);
  }
}

/** What follows a call through its asynchronous steps: an `AsyncLocalStorage`. */
interface Tracker {
  run<T>(context: CallContext, fn: () => T): T;
  getStore(): CallContext | undefined;
}

let tracker: Tracker | undefined;

/** Runs `fn` as part of a call. */
export function runWith<T>(context: CallContext, fn: () => T): T {
  return tracker === undefined ? fn() : tracker.run(context, fn);
}

/** The calls that are running. */
export const running: Set<CallContext> = new Set();

/** The call that the code at hand belongs to, as far as that can be told. */
function currentCall(): CallContext | undefined {
  const tracked = tracker?.getStore();
  if (tracked !== undefined || running.size !== 1) return tracked;
  const [only] = running; // It began before the tracker came.
  return only;
}

/**
 * Makes `remote` available to forwarded modules, which find it as the module that the controller
 * serves in place of tongs. That module brings the tracker along: `node:async_hooks` costs 20 ms,
 * which only code that asks for `remote` should pay.
 */
export function provideRemote(
  { path, depthLimit }: RealmHello,
  log: (log: Log) => void,
): void {
  const never = new AbortController().signal;
  function say(level: Log["level"]): (...values: unknown[]) => void {
    return (...values) =>
      log({
        level,
        text: values.map((value) =>
          typeof value === "string" ? value : Deno.inspect(value)
        )
          .join(" "),
      });
  }
  const remote = {
    host: path.at(-1) ?? "",
    path,
    get signal(): AbortSignal {
      return currentCall()?.signal ?? never;
    },
    log: {
      debug: say("debug"),
      info: say("info"),
      warn: say("warn"),
      error: say("error"),
    },
  };
  const globals = realmGlobals()!;
  globals.remote = remote;
  globals.depthLimit = depthLimit;
  globals.track = (storage) => {
    tracker ??= storage as Tracker;
  };
}

// What operations carry: a time limit, a signal, an environment.

import type { SpawnOptions } from "./command.ts";
import type { CallEnvironment } from "./realm_slots.ts";

/** What {@linkcode Tunnel.with} takes. */
export interface OperationOptions {
  /** How long each operation may take, connecting included, in milliseconds. */
  timeout?: number;
  /** Cancels operations. */
  signal?: AbortSignal;
  /** Environment variables, on top of those of the tunnel. */
  env?: Record<string, string>;
  /** The working directory. */
  cwd?: string;
}

/** The part of a tunnel's options that operations may change. */
interface Defaults {
  env?: Record<string, string>;
  cwd?: string;
}

/** The signal of one operation that begins now. */
export function signalOf(
  { timeout, signal }: OperationOptions,
  other?: AbortSignal,
): AbortSignal | undefined {
  const signals = [signal, other].filter((signal) => signal !== undefined);
  if (timeout !== undefined) signals.push(AbortSignal.timeout(timeout));
  for (const signal of signals) signal.throwIfAborted();
  return signals.length > 1 ? AbortSignal.any(signals) : signals[0];
}

/** The environment of a call, if it is not that of its tunnel. */
export function environmentOf(
  { env, cwd }: OperationOptions,
  defaults: Defaults,
): CallEnvironment | undefined {
  if (env === undefined && cwd === undefined) return undefined;
  return { env: env ?? {}, cwd: cwd ?? defaults.cwd ?? null };
}

/** The options of a command: its own, over those of the operation, over those of the tunnel. */
export function commandOptions<T extends Omit<SpawnOptions, "stdin">>(
  options: T,
  operation: OperationOptions,
  defaults: Defaults,
): T {
  const signal = signalOf(operation, options.signal);
  const env = { ...defaults.env, ...operation.env, ...options.env };
  const cwd = options.cwd ?? operation.cwd ?? defaults.cwd;
  return {
    ...options,
    ...(Object.keys(env).length === 0 ? {} : { env }),
    ...(cwd === undefined ? {} : { cwd }),
    ...(signal === undefined ? {} : { signal }),
  };
}

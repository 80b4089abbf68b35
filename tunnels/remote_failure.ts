// What code on the far side threw, as an error of this side.

import type { ModuleSource } from "../modules/module_source.ts";
import { translatePlaces } from "../modules/stack.ts";
import { SerializationError } from "../wire/errors.ts";
import { RemoteError } from "./errors.ts";
import { sanitize } from "./log.ts";

/** Makes an error of what code on a host threw. */
export function remoteFailure(
  error: unknown,
  host: string,
  graph: ModuleSource,
): Error {
  makeReadable(error, graph, new Set());
  if (isSerializationError(error)) {
    return new SerializationError(error.message, error.path);
  }
  return new RemoteError(error, [host, ...hostsBehind(error)]);
}

/** Takes out the frames of this side, which for an error of a stream show only how it came in. */
export function arrived(error: Error): Error {
  if (!(error instanceof RemoteError) || error.stack === undefined) {
    return error;
  }
  const line = `\n    at [${error.path.join(" > ")}]\n`;
  const end = error.stack.lastIndexOf(line);
  if (end >= 0) error.stack = error.stack.slice(0, end + line.length - 1);
  return error;
}

/** The hosts that an error passed on its way to the one that it came from, if it did. */
function hostsBehind(error: unknown): string[] {
  if (!Error.isError(error)) return [];
  const { path, stack } = error as { path?: unknown; stack?: string };
  const isPath = Array.isArray(path) && path.length > 0 &&
    path.every((host) => typeof host === "string");
  // An error of another kind may have a path too, but not this line.
  return isPath && stack?.includes(`\n    at [${path.join(" > ")}]\n`)
    ? path.map(sanitize)
    : [];
}

/**
 * Puts the controller's own places into the stacks of an error and its causes, and takes out what
 * a terminal would obey: an error that nobody catches is printed as it is.
 */
function makeReadable(
  error: unknown,
  graph: ModuleSource,
  seen: Set<unknown>,
): void {
  if (typeof error !== "object" || error === null || seen.has(error)) return;
  seen.add(error);
  if (!Error.isError(error)) {
    // Whatever was thrown, or is the cause, may hold errors that get printed with it.
    const held = error instanceof Map
      ? [...error].flat()
      : Object.values(error);
    for (const inner of held) makeReadable(inner, graph, seen);
    return;
  }
  const original = error as Error & { errors?: unknown };
  for (const key of ["name", "message", "stack"] as const) {
    const text = sanitize(translatePlaces(String(original[key]), graph));
    if (text !== original[key]) {
      Object.defineProperty(original, key, {
        value: text,
        writable: true,
        configurable: true,
      });
    }
  }
  makeReadable(original.cause, graph, seen);
  makeReadable(original.errors, graph, seen);
}

function isSerializationError(error: unknown): error is SerializationError {
  return Error.isError(error) &&
    (error as Error).name === "SerializationError" &&
    typeof (error as { path?: unknown }).path === "string";
}

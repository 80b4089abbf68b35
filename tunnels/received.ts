// Checks of what an agent sent: it may be hostile, and types alone do not hold it to anything.

import { decodeValue, type LiveIn } from "../wire/decode_value.ts";
import { ProtocolError } from "../wire/errors.ts";
import { FrameType } from "../wire/frame.ts";
import { PROTOCOL_VERSION } from "../wire/limits.ts";
import type {
  AgentHello,
  Failure,
  Log,
  Need,
  RealmExit,
} from "../wire/messages.ts";
import { sanitize } from "./log.ts";

/** What came back of a call. */
export type Reply = { value: unknown } | { failure: Failure };

/** The longest text that is taken over into an error. */
const MAX_TEXT = 1000;

const LEVELS = ["debug", "info", "warn", "error", "output"];

/** Reads the answer to a call. */
export function readReply(
  type: FrameType,
  payload: Uint8Array,
  live: LiveIn,
): Reply {
  if (type === FrameType.Result) return { value: decodeValue(payload, live) };
  if (type !== FrameType.Failure) {
    throw new ProtocolError(`Cannot take a message of type ${type} as a reply`);
  }
  return { failure: readFailure(payload) };
}

/** Reads what was thrown. */
export function readFailure(payload: Uint8Array): Failure {
  const { error } = fields(decodeValue(payload), "a failure");
  return { error };
}

/** Reads what an agent says of itself. */
export function readHello(message: unknown): AgentHello {
  const hello = fields(message, "a greeting");
  const { version, maxMessageSize, pid, deno, os, arch } = hello;
  if (version !== PROTOCOL_VERSION) {
    const theirs = typeof version === "number" ? version : "none";
    throw new ProtocolError(
      `Cannot talk to the agent: it speaks version ${theirs} of the protocol, not ${PROTOCOL_VERSION}`,
    );
  }
  return {
    version,
    maxMessageSize: Number(maxMessageSize),
    pid: Number(pid),
    deno: sanitize(text(deno)),
    os: sanitize(text(os)),
    arch: sanitize(text(arch)),
  };
}

/** Reads a message for the log. */
export function readLog(message: unknown): Log {
  const log = fields(message, "a message for the log");
  return {
    level: LEVELS.includes(log.level as string)
      ? log.level as Log["level"]
      : "info",
    text: text(log.text),
  };
}

/** Reads the end of a realm. */
export function readRealmExit(message: unknown): RealmExit {
  const { streams, slot, reason } = fields(message, "the end of a realm");
  if (!Array.isArray(streams) || typeof slot !== "number") {
    throw new ProtocolError("Cannot read the end of a realm");
  }
  return {
    streams: streams.map(Number),
    slot,
    reason: harmless(text(reason)),
  };
}

/** Reads a request for modules. */
export function readNeed(message: unknown): Need {
  const { imports } = fields(message, "a request for modules");
  if (!Array.isArray(imports)) {
    throw new ProtocolError("Cannot read a request for modules");
  }
  return {
    imports: imports.map((pair) => {
      if (!Array.isArray(pair)) {
        throw new ProtocolError("Cannot read a request for modules");
      }
      return [text(pair[0]), text(pair[1])];
    }),
  };
}

/** What is taken over of a text for people. */
export function harmless(text: string): string {
  return sanitize(text.slice(0, MAX_TEXT));
}

function text(value: unknown): string {
  if (typeof value === "string") return value;
  throw new ProtocolError("Cannot read a message: it lacks a text");
}

/** Reads a record of which it is not known what it holds. */
export function fields(
  message: unknown,
  what: string,
): Record<string, unknown> {
  if (typeof message !== "object" || message === null) {
    throw new ProtocolError(`Cannot read ${what}: it is no record`);
  }
  return message as Record<string, unknown>;
}

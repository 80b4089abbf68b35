// Why a connection did not come up: what the carrier's command said, in words that help.

import { NO_RUNTIME, SEARCHED } from "../agent/stage0.ts";
import { NO_DIRECTORY } from "./carrier.ts";
import { ProtocolError } from "../wire/errors.ts";
import {
  ConnectError,
  type ConnectErrorReason,
  TunnelClosedError,
} from "./errors.ts";

/** A command, as far as an error needs to know it. */
export interface FailedCommand {
  /** What was run. */
  command: readonly string[];
  /** The last lines of its standard error. */
  stderr: string;
}

const SIGNS: [RegExp, ConnectErrorReason, string][] = [
  [
    /REMOTE HOST IDENTIFICATION HAS CHANGED/,
    "host-key",
    "the host key has changed; if you know why, remove the old one with `ssh-keygen -R`",
  ],
  [
    /Host key verification failed|No .* host key is known/,
    "host-key",
    "the host key is not known; connect once with `ssh` to accept it, or set `hostKeys`",
  ],
  [
    /Permission denied|Too many authentication failures/,
    "auth",
    "the host refused the login; check the user and the key",
  ],
  [
    /Could not resolve hostname|Name or service not known/,
    "dns",
    "no such host name; check its spelling",
  ],
  [
    /Connection refused/,
    "refused",
    "nothing listens there; check the port and that sshd runs",
  ],
  [
    /Connection timed out|Operation timed out/,
    "timeout",
    "the host did not answer; check the address and the firewall",
  ],
  [
    /No route to host|Network is unreachable/,
    "network",
    "there is no way to that address from here",
  ],
  [
    /kex_exchange_identification|Connection closed by|Connection reset by/,
    "network",
    "the host closed the connection during the handshake",
  ],
];

/**
 * The error for a command that ended before an agent came up.
 *
 * @param host The host.
 * @param failed The command.
 * @param status How it ended.
 * @param runtime The runtime that was named, if one was.
 */
export function diagnose(
  host: string,
  { command, stderr }: FailedCommand,
  status: Deno.CommandStatus,
  runtime?: string,
): ConnectError {
  const { code, signal } = status;
  const ended = signal === null ? `exit status ${code}` : `ended by ${signal}`;
  const details = { host, command, code, stderr };
  if (code === NO_RUNTIME && /tongs: no runtime/.test(stderr)) {
    const looked = runtime === undefined
      ? `looked for ${SEARCHED}`
      : `"${runtime}" is no program there`;
    return new ConnectError(
      `Cannot connect to "${host}": it has no usable Deno runtime (${looked}). ` +
        `Install Deno 2.9 or later there, or name one with the option \`runtime\` (--runtime PATH)`,
      { ...details, reason: "no-runtime" },
    );
  }
  if (code === 95) {
    return new ConnectError(
      `Cannot connect to "${host}": its process for user code cannot start; ` +
        `check \`cwd\` and \`env\`${said(stderr)}`,
      { ...details, reason: "unknown" },
    );
  }
  if (code === 96) {
    return new ConnectError(
      `Cannot connect to "${host}": its Deno runtime is too old${said(stderr)}`,
      { ...details, reason: "no-runtime" },
    );
  }
  if (code === NO_DIRECTORY) {
    return new ConnectError(
      `Cannot run a command on "${host}": cannot enter its working directory${
        said(stderr)
      }`,
      { ...details, reason: "unknown" },
    );
  }
  for (const [sign, reason, hint] of SIGNS) {
    if (code === 255 && sign.test(stderr)) {
      return new ConnectError(
        `Cannot connect to "${host}": ${hint} (${ended})${said(stderr)}`,
        { ...details, reason },
      );
    }
  }
  return new ConnectError(
    `Cannot connect to "${host}": no agent came up (${ended}), the command was: ${
      shorten(command)
    }${said(stderr)}`,
    { ...details, reason: "unknown" },
  );
}

/** The error for a command that cannot be run on this machine. */
export function noCommandError(
  what: string,
  host: string,
  command: readonly string[],
  cause: unknown,
): ConnectError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new ConnectError(
    `${what}: cannot run ${command[0]}: ${why}`,
    { host, reason: "no-command", command, cause },
  );
}

/** The error for a place that says much and never starts an agent. */
export function noiseError(
  host: string,
  { command }: FailedCommand,
): ConnectError {
  return new ConnectError(
    `Cannot connect to "${host}": no agent came up and only noise came from it, the command was: ${
      shorten(command)
    }`,
    { host, reason: "unknown", command },
  );
}

/** The error for an agent that takes too long to come up. */
export function connectTimeoutError(
  host: string,
  { command, stderr }: FailedCommand,
  timeout: number,
): ConnectError {
  return new ConnectError(
    `Cannot connect to "${host}": no agent came up within ${timeout} ms, the command was: ${
      shorten(command)
    }${said(stderr)}`,
    { host, reason: "timeout", command, stderr },
  );
}

/** The error for a connection that this side had to give up. */
export function brokenError(host: string, cause: unknown): Error {
  const text = cause instanceof Error ? cause.message : String(cause);
  const message = `The tunnel to "${host}" broke: ${text}`;
  return cause instanceof ProtocolError
    ? new ProtocolError(message, { cause: cause.cause })
    : new TunnelClosedError(message, { cause });
}

/** The error for a connection whose command has ended. */
export function lostError(
  host: string,
  { command, stderr }: FailedCommand,
  { code, signal }: Deno.CommandStatus,
): Error {
  const how = signal === null ? `with status ${code}` : `by ${signal}`;
  return new TunnelClosedError(
    `The tunnel to "${host}" broke: its command (${command[0]}) ended ${how}${
      said(stderr)
    }`,
  );
}

/** A command as a person wants to see it: the agent's code left out. */
export function shorten(command: readonly string[]): string {
  const text = command.map((arg) => arg.replace(/data:[^\s']*/g, "data:…"))
    .join(" ");
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}

function said(stderr: string): string {
  return stderr === "" ? "" : `\n${stderr.replace(/^/gm, "  | ")}`;
}

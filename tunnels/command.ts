// Running plain commands through a carrier: no agent, no runtime on the far side.

import {
  type CarriedProcess,
  type Carrier,
  type CarrierOptions,
  endProcess,
} from "./carrier.ts";
import { connectTimeoutError, diagnose, noCommandError } from "./diagnose.ts";
import { skipNoise } from "./noise.ts";
import { quote } from "./quote.ts";
import { Tail } from "./tail.ts";

/** Options of {@linkcode Tunnel.spawn}, with the names of `Deno.Command`. */
export interface SpawnOptions {
  /** More arguments, after those of the argv. */
  args?: readonly string[];
  /** The working directory there. */
  cwd?: string;
  /** Environment variables on top of those there. They are on
   * command lines, where other users of both machines can see them. */
  env?: Record<string, string>;
  /**
   * Where the command's standard input comes from.
   *
   * @default {"null"}
   */
  stdin?: "piped" | "null";
  /**
   * Where its standard output goes: to this side, or nowhere.
   *
   * @default {"piped"}
   */
  stdout?: "piped" | "null";
  /**
   * Where its standard error goes: to this side, or nowhere.
   *
   * @default {"piped"}
   */
  stderr?: "piped" | "null";
  /** Ends the command when it is aborted. */
  signal?: AbortSignal;
}

/** A command that runs on the far side; the shape is that of `Deno.ChildProcess`. */
export interface RemoteProcess extends AsyncDisposable {
  /** Its standard input, if it is piped. */
  readonly stdin: WritableStream<Uint8Array>;
  /** Its standard output. */
  readonly stdout: ReadableStream<Uint8Array>;
  /** Its standard error. */
  readonly stderr: ReadableStream<Uint8Array>;
  /** How it ended. Rejects with a `ConnectError` if it never began. */
  readonly status: Promise<Deno.CommandStatus>;
  /** Ends it, and what it started. */
  kill(): void;
}

// Runs in a process group of its own, says which, and becomes the command. `$0` is the mark, which
// tells the command's own output from noise before it.
const INNER = 'printf "\\n%s %s" $$ "$0" >&2;printf "%s" "$0";exec "$@"';

// Without `setsid` the command has no process group of its own, and only it itself is ended.
const START = "s=$(command -v setsid);exec 3<&0 </dev/null;i=$1;shift;";

// The command runs beside a reader of the connection's standard input: when that ends, because
// this side has closed it or is gone, the command is ended with all that it started.
const GUARDED = START + '$s sh -c "$i" "$@" 3<&-& p=$!;' +
  "{ read -r x <&3;kill -9 -$p||kill -9 $p; } >/dev/null 2>&1& w=$!;" +
  "exec 3<&-;wait $p;c=$?;kill -9 $w 2>/dev/null;exit $c";

// With a standard input of its own there is nothing left to tell the end of the connection by.
const PLAIN = START + '$s sh -c "$i" "$@" <&3 3<&-& p=$!;exec 3<&-;wait $p';

/** How long a command may take to end when it should, in milliseconds. */
const KILL_GRACE = 1000;

/** What {@linkcode spawnCommand} needs to know. */
export interface CommandContext {
  /** The host, for errors. */
  host: string;
  /** How to run the command. */
  carrier: Carrier;
  /** How long it may take to begin, in milliseconds. */
  connectTimeout: number;
}

/** Starts a command. */
export function spawnCommand(
  { host, carrier, connectTimeout }: CommandContext,
  argv: readonly string[],
  options: SpawnOptions = {},
): RemoteProcess {
  const [program, ...args] = [...argv, ...options.args ?? []];
  if (program === undefined) {
    throw new TypeError("Cannot run a command as its argv is empty");
  }
  options.signal?.throwIfAborted();
  const piped = options.stdin === "piped";
  const mark = `tongs-${crypto.getRandomValues(new Uint8Array(12)).toHex()}\n`;
  const script = piped ? PLAIN : GUARDED;
  const wrapped = ["sh", "-c", script, "sh", INNER, mark, program, ...args];
  const place: CarrierOptions = {
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  };
  // For errors, in which values of variables have no place.
  const hidden = Object.keys(options.env ?? {}).map((name) => [name, "…"]);
  const command = carrier.command(wrapped, {
    ...place,
    env: Object.fromEntries(hidden),
  });
  let process: CarriedProcess;
  try {
    process = carrier.run(wrapped, place);
  } catch (cause) {
    const what = `Cannot run a command on "${host}"`;
    throw noCommandError(what, host, command, cause);
  }
  const guard = piped ? undefined : process.stdin.getWriter();
  guard?.closed.catch(() => {});
  const noise = new Tail();
  const stdout = skipNoise(process.stdout, mark);
  const stderr = skipNoise(process.stderr, mark, (text) => {
    for (const line of text.split("\n")) noise.push(line);
  });

  let killer: ReturnType<typeof setTimeout> | undefined;
  let over = false;
  let late = false;
  function kill(): void {
    if (killer !== undefined || over) return;
    if (guard !== undefined) guard.close().catch(() => {});
    else {
      stderr.marked.then((before) => killGroup(carrier, before))
        .catch(() => {}); // The way there is broken.
    }
    // Nothing answers if the way there is broken, and what it left behind may hold its output.
    killer = setTimeout(() => {
      endProcess(process);
      stdout.stop();
      stderr.stop();
    }, KILL_GRACE);
  }
  options.signal?.addEventListener("abort", kill, { once: true });
  const timer = setTimeout(() => {
    late = true;
    kill();
  }, connectTimeout);
  stderr.marked.then(() => clearTimeout(timer));

  const status = process.status.then(async (status) => {
    // Without the mark the command never began, and the carrier's command says why.
    if (await stderr.marked !== undefined) return status;
    const failed = { command: withoutScripts(command), stderr: String(noise) };
    if (late) throw connectTimeoutError(host, failed, connectTimeout);
    throw diagnose(host, failed, status);
  }).finally(() => guard?.close().catch(() => {}));
  status.catch(() => {});
  // Read and dropped, as a command whose output is closed would be ended by its next write.
  if (options.stdout === "null") drain(stdout.readable);
  if (options.stderr === "null") drain(stderr.readable);
  const ended = Promise.all([status, stdout.ended, stderr.ended]);
  ended.catch(() => {}).finally(() => {
    over = true;
    clearTimeout(killer);
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", kill);
  });
  return {
    stdin: process.stdin,
    stdout: stdout.readable,
    stderr: stderr.readable,
    status,
    kill,
    async [Symbol.asyncDispose]() {
      kill();
      for (const { readable } of [stdout, stderr]) {
        if (!readable.locked) await readable.cancel();
      }
      await ended.catch(() => {});
    },
  };
}

/** A command without what is not the user's in it. */
function withoutScripts(command: readonly string[]): string[] {
  return command.map((arg) =>
    [GUARDED, PLAIN, INNER].reduce(
      (short, script) => short.replace(quote(script), "…").replace(script, "…"),
      arg,
    )
  );
}

/** Ends the process group whose number came right before the mark. */
async function killGroup(
  carrier: Carrier,
  before: string | undefined,
): Promise<void> {
  const group = /(\d+) $/.exec(before ?? "")?.[1];
  if (group === undefined) return;
  const script = 'kill -9 -"$0"||kill -9 "$0"';
  const process = carrier.run(["sh", "-c", script, group]);
  process.unref();
  await Promise.all([
    process.stdout.cancel(),
    process.stderr.cancel(),
    process.stdin.close(),
    process.status,
  ]);
}

function drain(stream: ReadableStream<Uint8Array>): void {
  stream.pipeTo(new WritableStream()).catch(() => {});
}

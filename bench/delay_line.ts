// A link with a round-trip time, and an sshd at its far end: a pair of TUN devices between this
// machine's network and a namespace of its own.

import { descendants } from "../tests/support/processes.ts";
import { findProgram, type Sshd } from "../tests/support/sshd.ts";
import { run } from "./process.ts";

const TOOL = new URL("../../shared/tools/delay-line", import.meta.url).pathname;
const ADDRESS = "10.99.0.2";
const LOCK = "/run/lock/tongs-delay-line.lock";
const LOCK_TIMEOUT = 30_000;

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Why there can be no link, if there can be none. */
export function delayLineMissing(): string | undefined {
  if (!exists(TOOL)) return "../shared/tools/delay-line is not there";
  if (Deno.uid() !== 0) return "the delay line needs root";
  if (findProgram("ip") === undefined) return "the delay line needs iproute2";
  if (!exists("/dev/net/tun")) return "the delay line needs /dev/net/tun";
  return undefined;
}

/** What a link needs to know. */
export interface DelayLineOptions {
  /** The sshd whose settings the one at the far end takes. */
  sshd: Sshd;
  /** Ends everything. */
  signal: AbortSignal;
}

/** Only one can be there at a time, as the names of its devices are fixed. */
async function lock(): Promise<Deno.FsFile> {
  const file = await Deno.open(LOCK, { create: true, write: true });
  const end = performance.now() + LOCK_TIMEOUT;
  while (!(await file.tryLock(true)) || exists("/sys/class/net/pd0")) {
    if (performance.now() > end) {
      file.close();
      throw new Error("Cannot use the delay line: another one is there");
    }
    await file.unlock();
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return file;
}

/** Waits for a text in what a child prints, and lets it print on. */
async function printed(
  stream: ReadableStream<Uint8Array>,
  text: string,
): Promise<void> {
  let seen = "";
  const found = Promise.withResolvers<void>();
  (async () => {
    for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
      seen += chunk;
      if (seen.includes(text)) found.resolve();
    }
    found.reject(new Error(`Cannot use the delay line: ${seen.trim()}`));
  })().catch(found.reject);
  await found.promise;
}

/** A link that is there until it is disposed of. */
export class DelayLine implements AsyncDisposable {
  /** The settings for `ssh -F` that lead through it. */
  readonly config: string;

  #stack: AsyncDisposableStack;

  private constructor(config: string, stack: AsyncDisposableStack) {
    this.config = config;
    this.#stack = stack;
  }

  /**
   * Makes a link.
   *
   * @param options What it leads to.
   * @param rtt Its round-trip time in milliseconds.
   */
  static async start(
    { sshd, signal }: DelayLineOptions,
    rtt: number,
  ): Promise<DelayLine> {
    await using stack = new AsyncDisposableStack();
    stack.use(await lock());
    const namespace = `tongs-bench-${Deno.pid}`;
    stack.defer(async () => {
      await run(["ip", "netns", "del", namespace], AbortSignal.timeout(5000));
    });
    const line = new Deno.Command(TOOL, {
      args: ["--delay-ms", String(rtt / 2), "--max-s", "400"],
      env: { DELAY_NS: namespace },
      stdin: "piped",
      stdout: "piped",
      signal,
    }).spawn();
    stack.defer(async () => {
      await line.stdin.close().catch(() => {});
      await line.status;
    });
    await printed(line.stdout, "READY");
    const server = await startServer(sshd.dir, namespace);
    stack.defer(async () => {
      for (const pid of [server.pid, ...descendants(server.pid)]) {
        try {
          Deno.kill(pid, "SIGKILL");
        } catch {
          // It has ended.
        }
      }
      await server.status;
    });
    return new DelayLine(await writeConfig(sshd), stack.move());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

/** Starts an sshd in the namespace, with the keys and users of the one outside. */
async function startServer(
  dir: string,
  namespace: string,
): Promise<Deno.ChildProcess> {
  const path = `${dir}/sshd_config_delayed`;
  const config = await Deno.readTextFile(`${dir}/sshd_config`);
  await Deno.writeTextFile(
    path,
    config.replace(/^ListenAddress .*$/m, `ListenAddress ${ADDRESS}`),
  );
  const sshd = findProgram("sshd")!;
  const environment = [
    "LD_PRELOAD=libnss_wrapper.so",
    `NSS_WRAPPER_PASSWD=${dir}/passwd`,
    `NSS_WRAPPER_SHADOW=${dir}/shadow`,
    "NSS_WRAPPER_GROUP=/etc/group",
  ];
  const server = new Deno.Command("ip", {
    args: [
      ...["netns", "exec", namespace, "env", ...environment],
      ...[sshd, "-D", "-e", "-f", path],
    ],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  await printed(server.stderr, "Server listening on");
  return server;
}

async function writeConfig(sshd: Sshd): Promise<string> {
  const { dir, configPath, knownHostsPath, host, port } = sshd;
  const known = await Deno.readTextFile(knownHostsPath);
  const mine = known.split("\n").find((line) =>
    line.startsWith(`[${host}]:${port} `)
  )!;
  if (!known.includes(`[${ADDRESS}]`)) {
    await Deno.writeTextFile(
      knownHostsPath,
      mine.replace(host, ADDRESS) + "\n",
      { append: true },
    );
  }
  const path = `${dir}/ssh_config_delayed`;
  const config = await Deno.readTextFile(configPath);
  await Deno.writeTextFile(
    path,
    config.replace(/^HostName .*$/m, `HostName ${ADDRESS}`),
  );
  return path;
}

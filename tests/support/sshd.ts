// A real sshd of a test's own: on a free port of the loopback, with its own keys, for who runs the
// tests. It runs as that user, whose login shell and home are its own all the same: it reads them
// from a copy of /etc/passwd through libnss_wrapper, so that no test has to add users.
import {
  descendants,
  eventually,
  isAlive,
  processesWithEnv,
} from "./processes.ts";

/** Options of {@linkcode startSshd}. */
export interface SshdOptions {
  /**
   * The login shell of the user: a path, or a name like `fish`. For `busybox` it is its `sh`.
   *
   * @default {"/bin/sh"}
   */
  shell?: string;
  /**
   * The value of `PATH` that the login shell starts with, by default that of sshd. The zsh of
   * Debian replaces exactly `/bin:/usr/bin`.
   */
  path?: string;
  /** Variables for what runs there. */
  env?: Record<string, string>;
  /** Lines for the settings of sshd. They win over those of this helper; `SetEnv` must not occur. */
  extraConfig?: string[];
  /** Lines for the settings of ssh. They win over those of this helper. */
  extraClientConfig?: string[];
  /** The home of the user. By default an empty directory in `dir`. */
  home?: string;
  /** The network namespace that it is in. By default that of the test. */
  namespace?: { name: string; host: string };
}

/** An sshd that runs until it is disposed of, as do the sessions that it has started. */
export interface Sshd extends AsyncDisposable {
  /** Where it listens. */
  readonly host: string;
  /** The port it listens on. */
  readonly port: number;
  /** The user to log in as. */
  readonly user: string;
  /** The home of that user in a session. */
  readonly home: string;
  /** The settings for `ssh -F`. With them, every host name leads to this sshd. */
  readonly configPath: string;
  /** The private key of the user. */
  readonly identityPath: string;
  /** The file with the public key of the host. */
  readonly knownHostsPath: string;
  /** The directory with all of this and `sshd.log`. Disposing removes it. */
  readonly dir: string;
}

interface Server {
  child: Deno.ChildProcess;
  port: number;
  /** All that sshd has logged, once it has ended. */
  logged: Promise<string>;
}

const HOST = "127.0.0.1";
const ATTEMPTS = 20;
const MARK = "TEST_SSHD";
const PROGRAM_DIRS = [
  "/usr/local/sbin",
  "/usr/local/bin",
  "/usr/sbin",
  "/usr/bin",
  "/sbin",
  "/bin",
];
const LIBRARY_DIRS = [
  `/usr/lib/${Deno.build.arch}-linux-gnu`,
  "/usr/lib64",
  "/usr/lib",
];

function find(dirs: string[], name: string): string | undefined {
  return dirs.map((dir) => `${dir}/${name}`).find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
}

/** The path of a program, if it is installed in one of the usual places. */
export function findProgram(name: string): string | undefined {
  return find(PROGRAM_DIRS, name);
}

const programs = {
  sshd: findProgram("sshd"),
  ssh: findProgram("ssh"),
  "ssh-keygen": findProgram("ssh-keygen"),
  "libnss_wrapper.so": find(LIBRARY_DIRS, "libnss_wrapper.so"),
};

/** The first part that {@linkcode startSshd} needs and this machine does not have. */
export const sshdMissing: string | undefined = Object.entries(programs)
  .find(([, path]) => path === undefined)?.[0];

function quote(text: string): string {
  if (text.includes("\n")) {
    throw new TypeError(
      `Cannot start sshd: ${JSON.stringify(text)} has a line break`,
    );
  }
  return `"${text.replaceAll(/["\\]/g, "\\$&")}"`;
}

async function makeKey(path: string): Promise<string> {
  const args = ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path];
  const { success, stderr } = await new Deno.Command(programs["ssh-keygen"]!, {
    args,
    stdin: "null",
  }).output();
  if (!success) {
    throw new Error(
      `Cannot make the key "${path}": ${
        new TextDecoder().decode(stderr).trim()
      }`,
    );
  }
  return (await Deno.readTextFile(`${path}.pub`)).trim();
}

/** The path of a shell. sshd passes it only a name and `-c`, which is not enough for busybox. */
async function shellPath(shell: string, dir: string): Promise<string> {
  const path = shell.includes("/") ? shell : findProgram(shell);
  if (path === undefined) {
    throw new Error(`Cannot start sshd: there is no shell "${shell}"`);
  }
  if (!path.endsWith("/busybox")) return path;
  await Deno.symlink(path, `${dir}/sh`);
  return `${dir}/sh`;
}

/** Writes a copy of the users of this machine with another home and shell for the current one. */
async function writeUsers(
  dir: string,
  home: string,
  shell: string,
): Promise<string> {
  const users = (await Deno.readTextFile("/etc/passwd")).trimEnd().split("\n")
    .map((line) => line.split(":"));
  const user = users.find(([, , uid]) => Number(uid) === Deno.uid());
  if (user === undefined) {
    throw new Error(
      `Cannot start sshd: /etc/passwd does not have the user ${Deno.uid()}`,
    );
  }
  user.splice(5, 2, home, shell);
  await Deno.writeTextFile(
    `${dir}/passwd`,
    users.map((user) => user.join(":") + "\n").join(""),
  );
  // Without a password of its own the user could count as locked, whom sshd turns away.
  await Deno.writeTextFile(`${dir}/shadow`, `${user[0]}:*:::::::\n`);
  return user[0]!;
}

function serverConfig(dir: string, port: number, options: SshdOptions): string {
  const { path, env, extraConfig = [], namespace } = options;
  const variables = {
    ...path === undefined ? {} : { PATH: path },
    ...env,
    [MARK]: dir,
  };
  const match = extraConfig.findIndex((line) => /^\s*match\b/i.test(line));
  const end = match < 0 ? extraConfig.length : match;
  return [
    ...extraConfig.slice(0, end),
    `Port ${port}`,
    `ListenAddress ${namespace?.host ?? HOST}`,
    `HostKey ${quote(`${dir}/host_key`)}`,
    `AuthorizedKeysFile ${quote(`${dir}/client_key.pub`)}`,
    "PidFile none",
    "UsePAM no",
    "StrictModes no",
    "PermitRootLogin prohibit-password",
    "AuthenticationMethods publickey",
    "PrintMotd no",
    "PrintLastLog no",
    "MaxStartups 1000",
    "MaxSessions 1000",
    // The line that says that sshd listens is of this level.
    "LogLevel INFO",
    `SetEnv ${
      Object.entries(variables).map(([key, value]) => quote(`${key}=${value}`))
        .join(" ")
    }`,
    ...extraConfig.slice(end),
  ].join("\n") + "\n";
}

function clientConfig(
  dir: string,
  user: string,
  { host, port }: { host: string; port: number },
  extra: string[] = [],
): string {
  return [
    ...extra,
    "Host *",
    `HostName ${host}`,
    `Port ${port}`,
    `User ${user}`,
    `IdentityFile ${quote(`${dir}/client_key`)}`,
    "IdentitiesOnly yes",
    "IdentityAgent none",
    `UserKnownHostsFile ${quote(`${dir}/known_hosts`)}`,
    "GlobalKnownHostsFile none",
    "StrictHostKeyChecking yes",
    "UpdateHostKeys no",
    "BatchMode yes",
    // The default costs each side some 100 ms of CPU.
    "KexAlgorithms curve25519-sha256",
  ].join("\n") + "\n";
}

function freePort(): number {
  using listener = Deno.listen({ hostname: HOST, port: 0 });
  return listener.addr.port;
}

/** Copies what sshd logs to a file, and calls back once it listens. */
async function copyLog(
  child: Deno.ChildProcess,
  path: string,
  done: () => void,
): Promise<string> {
  let log = "";
  for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
    log += text;
    await Deno.writeTextFile(path, text, { append: true });
    if (log.includes("Server listening on")) done();
  }
  return log;
}

async function launch(dir: string, options: SshdOptions): Promise<Server> {
  let log: string | void = "";
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = freePort();
    await Deno.writeTextFile(
      `${dir}/sshd_config`,
      serverConfig(dir, port, options),
    );
    const [command, ...args] = [
      ...options.namespace === undefined
        ? []
        : ["ip", "netns", "exec", options.namespace.name],
      // It insists on its whole path.
      ...[programs.sshd!, "-D", "-e", "-f", `${dir}/sshd_config`],
    ];
    const child = new Deno.Command(command!, {
      args,
      clearEnv: true,
      env: {
        LD_PRELOAD: programs["libnss_wrapper.so"]!,
        NSS_WRAPPER_PASSWD: `${dir}/passwd`,
        NSS_WRAPPER_SHADOW: `${dir}/shadow`,
        NSS_WRAPPER_GROUP: "/etc/group",
      },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const listening = Promise.withResolvers<void>();
    const logged = copyLog(child, `${dir}/sshd.log`, listening.resolve);
    log = await Promise.race([listening.promise, logged]);
    if (log === undefined) return { child, port, logged };
    await child.status;
    // Another can have taken the port between finding it free and listening on it.
    if (!log.includes("Address already in use")) break;
  }
  throw new Error(`Cannot start sshd: ${log?.trim()}`);
}

function signal(pid: number, name: Deno.Signal): void {
  try {
    Deno.kill(pid, name);
  } catch {
    // It has ended, or has become another user's.
  }
}

function freeze(child: Deno.ChildProcess): boolean {
  try {
    child.kill("SIGSTOP");
    return true;
  } catch {
    // A test has ended it, so that its pid can by now be that of another.
    return false;
  }
}

async function stop({ child, logged }: Server, dir: string): Promise<void> {
  // What is frozen can neither fork nor die and leave its children to init. What was left to init
  // before bears the mark.
  const own = freeze(child) ? [child.pid] : [];
  const frozen = new Set(own);
  let found: number[];
  do {
    found = [...own, ...processesWithEnv(MARK, dir)]
      .flatMap((pid) => [pid, ...descendants(pid)])
      .filter((pid) => !frozen.has(pid));
    for (const pid of found) {
      signal(pid, "SIGSTOP");
      frozen.add(pid);
    }
  } while (found.length > 0);
  for (const pid of frozen) signal(pid, "SIGKILL");
  await child.status;
  await logged;
  await eventually(() => ![...frozen].some(isAlive), {
    message: "Cannot end what sshd has started",
  });
}

/**
 * Starts an sshd, which accepts connections once this resolves.
 *
 * @param options Who is to find what there.
 * @returns The sshd. Disposing of it ends its sessions without asking them.
 */
export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  if (sshdMissing !== undefined) {
    throw new Error(`Cannot start sshd: ${sshdMissing} is missing`);
  }
  const dir = await Deno.makeTempDir({ prefix: "tongs-sshd-" });
  let server: Server | undefined;
  let stopped: Promise<void> | undefined;
  async function dispose(): Promise<void> {
    if (server !== undefined) await stop(server, dir);
    await Deno.remove(dir, { recursive: true });
  }
  try {
    const home = options.home ?? `${dir}/home`;
    const identityPath = `${dir}/client_key`;
    const knownHostsPath = `${dir}/known_hosts`;
    const configPath = `${dir}/ssh_config`;
    // As root, sshd insists on this empty directory.
    if (Deno.uid() === 0) {
      await Deno.mkdir("/run/sshd", { recursive: true, mode: 0o755 });
    }
    await Deno.mkdir(home, { recursive: true });
    const user = await writeUsers(
      dir,
      home,
      await shellPath(options.shell ?? "/bin/sh", dir),
    );
    const [hostKey] = await Promise.all([
      makeKey(`${dir}/host_key`),
      makeKey(identityPath),
    ]);
    server = await launch(dir, options);
    const { port } = server;
    const host = options.namespace?.host ?? HOST;
    await Deno.writeTextFile(knownHostsPath, `[${host}]:${port} ${hostKey}\n`);
    await Deno.writeTextFile(
      configPath,
      clientConfig(dir, user, { host, port }, options.extraClientConfig),
    );
    return {
      host,
      port,
      user,
      home,
      configPath,
      identityPath,
      knownHostsPath,
      dir,
      [Symbol.asyncDispose]: () => stopped ??= dispose(),
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

// The first code on the far side: it is on the runtime's command line as a `data:` URL, so it is
// small. It starts the realm before anything else, so that both processes come up side by side,
// and imports nothing: the first `node:` module costs 35 ms, a timer 14 ms.

import type { AgentConfig, AgentModule } from "./types.ts";

const BUFFER_SIZE = 64 * 1024;

/**
 * Becomes the process that this one is to be.
 *
 * @param args Which one, its title for `ps`, and the permissions to give up before user code runs.
 */
export async function boot(args: readonly string[]): Promise<void> {
  const [role, _title, ...permissions] = args;
  await (role === "realm" ? bootRealm(permissions) : bootSupervisor());
}

async function bootSupervisor(): Promise<void> {
  const minor = /^2\.(\d+)\./.exec(Deno.version.deno);
  if (
    minor !== null && Number(minor[1]) < 9 || /^[01]\./.test(Deno.version.deno)
  ) {
    console.error(
      `tongs: the runtime is Deno ${Deno.version.deno}, and tongs needs 2.9 or later`,
    );
    Deno.exit(96);
  }
  const input = reader((buffer) => Deno.stdin.read(buffer));
  const config: AgentConfig = JSON.parse(
    new TextDecoder().decode(await input.block()),
  );
  const realm = firstRealm(config);
  const source = await inflate(await input.block());
  const toRealm = realm.stdin.getWriter();
  // The realm is still coming up, and finds its code waiting when it has.
  sendSource(toRealm, source);
  await load(source).supervise({
    config,
    realm: { process: realm, writer: toRealm },
    head: input.rest(),
    spawnRealm(env, cwd) {
      const process = spawnRealm(config, env, cwd);
      const writer = process.stdin.getWriter();
      sendSource(writer, source);
      return { process, writer };
    },
  });
}

function firstRealm(config: AgentConfig): Deno.ChildProcess {
  try {
    return spawnRealm(config, config.env, config.cwd);
  } catch (error) {
    console.error(`tongs: ${error instanceof Error ? error.message : error}`);
    Deno.exit(95);
  }
}

/** Inflates the agent; what is a line with `Response` takes 5 ms more in a new process. */
async function inflate(bytes: Uint8Array): Promise<Uint8Array> {
  const { readable, writable } = new DecompressionStream("deflate-raw");
  const writer = writable.getWriter();
  writer.write(bytes as Uint8Array<ArrayBuffer>);
  writer.close();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = readable.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    chunks.push(next.value);
    size += next.value.length;
  }
  const inflated = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    inflated.set(chunk, offset);
    offset += chunk.length;
  }
  return inflated;
}

function sendSource(
  writer: WritableStreamDefaultWriter<Uint8Array>,
  source: Uint8Array,
): void {
  const size = new Uint8Array(4);
  new DataView(size.buffer).setUint32(0, source.length);
  // Where the realm has ended already, its status says so.
  writer.write(size).catch(() => {});
  writer.write(source).catch(() => {});
}

async function bootRealm(permissions: string[]): Promise<void> {
  const { output, file } = openProtocol();
  closeInherited();
  for (const name of permissions) {
    Deno.permissions.revokeSync({ name } as Deno.PermissionDescriptor);
  }
  const input = reader((buffer) => file.read(buffer));
  const agent = load(await input.block());
  await agent.runRealm({ input: file, output, head: input.rest() });
}

/**
 * Descriptors 3 and 4 are the protocol. Opening them anew gives ones that no child inherits, and
 * user code may not do the same.
 */
function openProtocol(): { output: Deno.FsFile; file: Deno.FsFile } {
  const output = Deno.openSync("/dev/fd/3", { write: true });
  const file = Deno.openSync("/dev/fd/4", { read: true });
  Deno.permissions.revokeSync({ name: "write", path: "/dev/fd/3" });
  Deno.permissions.revokeSync({ name: "read", path: "/dev/fd/4" });
  return { output, file };
}

/** The C library by the names it has on different systems. */
const C_LIBRARIES = [
  "libc.so.6",
  "libSystem.B.dylib",
  `libc.musl-${Deno.build.arch}.so.1`,
];

/**
 * Closes descriptors 3 and 4, which every child of user code would inherit: one that writes to
 * them would break the protocol. Only the C library can close what the runtime did not open.
 */
function closeInherited(): void {
  for (const library of C_LIBRARIES) {
    try {
      const { symbols } = Deno.dlopen(library, {
        close: { parameters: ["i32"], result: "i32" },
      });
      symbols.close(3);
      symbols.close(4);
      return;
    } catch {
      // It has another name here, or user code alone may load it.
    }
  }
}

/** Starts a process for user code: a session of its own, its protocol on descriptors 3 and 4. */
function spawnRealm(
  config: AgentConfig,
  env: Record<string, string>,
  cwd: string | null,
): Deno.ChildProcess {
  const run = 'exec 3>&1 1>&2 4<&0 </dev/null;exec "$@"';
  return new Deno.Command("sh", {
    args: [
      ...["-c", run, "sh", Deno.execPath()],
      // This very module is what a realm begins with too; it need not be sent twice.
      ...config.realmArgs.map((arg) => arg === "" ? Deno.mainModule : arg),
    ],
    env,
    ...(cwd === null ? {} : { cwd }),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    detached: true,
  }).spawn();
}

/** Runs the agent's code. As a module it would take 15 ms to load, and this way it takes 5. */
function load(source: Uint8Array): AgentModule {
  const module = { exports: {} };
  // Its name in stacks, by which its frames are told from those of user code.
  const named = `${
    new TextDecoder().decode(source)
  }\n//# sourceURL=tongs:agent`;
  new Function("module", named)(module);
  return module.exports as AgentModule;
}

interface Reader {
  /** The next block: a u32 length and as many bytes. */
  block(): Promise<Uint8Array>;
  /** What was read beyond the last block. */
  rest(): Uint8Array;
}

function reader(read: (buffer: Uint8Array) => Promise<number | null>): Reader {
  let buffer = new Uint8Array(BUFFER_SIZE);
  let start = 0;
  let end = 0;
  async function take(size: number): Promise<Uint8Array> {
    if (start + size > buffer.length) {
      const larger = new Uint8Array(size + BUFFER_SIZE);
      larger.set(buffer.subarray(start, end));
      buffer = larger;
      end -= start;
      start = 0;
    }
    while (end - start < size) {
      const count = await read(buffer.subarray(end));
      if (count === null) Deno.exit(98); // The other side left before it said anything.
      end += count;
    }
    start += size;
    return buffer.subarray(start - size, start);
  }
  return {
    async block() {
      const size = await take(4);
      return await take(
        new DataView(size.buffer, size.byteOffset).getUint32(0),
      );
    },
    rest: () => buffer.subarray(start, end),
  };
}

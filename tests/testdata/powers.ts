// What user code may do, found out by trying.

/** What came of trying: `"ok"`, or the name of the error. */
export type Outcome = string;

async function outcome(attempt: () => unknown): Promise<Outcome> {
  try {
    await attempt();
    return "ok";
  } catch (error) {
    return (error as Error).name;
  }
}

/** Tries everything that permissions are about. */
export async function powers(
  { dir, port }: { dir: string; port: number },
): Promise<Record<string, Outcome>> {
  const attempts: Record<string, () => unknown> = {
    read: () => Deno.readTextFile(`${dir}/file`),
    readElsewhere: () => Deno.readTextFile("/etc/hostname"),
    write: () => Deno.writeTextFile(`${dir}/written`, "x"),
    run: () => new Deno.Command("true").output(),
    runOther: () => new Deno.Command("sh", { args: ["-c", ":"] }).output(),
    net: async () => (await Deno.connect({ port })).close(),
    env: () => Deno.env.get("HOME"),
    sys: () => Deno.hostname(),
    ffi: () => Deno.dlopen("libm.so.6", {}).close(),
    remoteImport: () => import(String("data:text/javascript,export default 1")),
  };
  const outcomes: Record<string, Outcome> = {};
  for (const [name, attempt] of Object.entries(attempts)) {
    outcomes[name] = await outcome(attempt);
  }
  return outcomes;
}

/** Tries to open the pipes of the protocol. Returns those that it could open. */
export function openPipes(): string[] {
  const opened: string[] = [];
  for (
    const folder of [
      "/dev/fd",
      "/proc/self/fd",
      "/proc/thread-self/fd",
      `/proc/${Deno.pid}/fd`,
      "/dev/../dev/fd",
    ]
  ) {
    for (let fd = 3; fd < 32; fd++) {
      for (const options of [{ read: true }, { write: true }]) {
        try {
          Deno.openSync(`${folder}/${fd}`, options).close();
          opened.push(`${folder}/${fd} ${JSON.stringify(options)}`);
        } catch {
          // As it should be.
        }
      }
    }
  }
  return opened;
}

/** What the permissions are called that are granted. */
export async function granted(): Promise<string[]> {
  const names = ["read", "write", "run", "net", "env", "sys", "ffi", "import"];
  const found: string[] = [];
  for (const name of names) {
    const { state } = await Deno.permissions.query(
      { name } as Deno.PermissionDescriptor,
    );
    if (state === "granted") found.push(name);
  }
  return found;
}

// What tests of tunnels share: logs that are kept, projects and scripts of a moment.
import { SSH, type SSHOptions, type TunnelOptions } from "../../mod.ts";
import type { LogRecord } from "../../mod.ts";
import type { Sshd } from "./sshd.ts";
import { eventually, HANGS } from "./processes.ts";

/** The URL of tongs itself, for scripts. */
export const MOD: string = new URL("../../mod.ts", import.meta.url).href;

/** The URL of a module in `testdata`. */
export function testdata(name: string): string {
  return new URL(`../testdata/${name}`, import.meta.url).href;
}

/**
 * For tests in which no realm gets stuck: one that answers late, because the machine is slow, is not
 * taken for it, and keeps its state.
 */
export const PATIENT: TunnelOptions = { grace: 3_600_000 };

/** A log that is kept. */
export interface Recorder {
  /** What was logged so far. */
  records: LogRecord[];
  /** Takes the next message. */
  onLog(record: LogRecord): void;
  /** The texts of one level, or of all. */
  texts(level?: LogRecord["level"]): string[];
  /** Waits until one message contains a text, and returns it. */
  wait(text: string): Promise<LogRecord>;
}

/** Makes a log that is kept. */
export function recorder(): Recorder {
  const records: LogRecord[] = [];
  return {
    records,
    onLog: (record) => void records.push(record),
    texts: (level) =>
      records.filter((record) => level === undefined || record.level === level)
        .map(({ text }) => text),
    async wait(text) {
      const find = () => records.find((record) => record.text.includes(text));
      await eventually(() => find() !== undefined, {
        message: `Nothing was logged with ${JSON.stringify(text)}`,
      });
      return find()!;
    },
  };
}

/** Files of a moment. */
export interface Project extends AsyncDisposable {
  /** Their folder. */
  dir: string;
  /** The URL of one of them. */
  url(name: string): string;
}

/** Writes files into a new folder, which disposing removes. */
export async function project(files: Record<string, string>): Promise<Project> {
  const dir = await Deno.realPath(
    await Deno.makeTempDir({ prefix: "tongs-project-" }),
  );
  for (const [name, text] of Object.entries(files)) {
    const path = `${dir}/${name}`;
    await Deno.mkdir(path.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.writeTextFile(path, text);
  }
  return {
    dir,
    url: (name) => new URL(name, `file://${dir}/`).href,
    [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }),
  };
}

/** How a script ended, and what it printed. */
export interface ScriptResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a script of a project as a user would. */
export async function runScript(
  { dir }: Project,
  name: string,
  args: string[] = [],
): Promise<ScriptResult> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", name, ...args],
    cwd: dir,
    stdin: "null",
    env: { NO_COLOR: "1" },
    signal: AbortSignal.timeout(HANGS),
  }).output();
  return {
    code,
    stdout: new TextDecoder().decode(stdout),
    stderr: new TextDecoder().decode(stderr),
  };
}

/** A tunnel to an sshd, with the runtime that runs the tests. */
export function sshTo(sshd: Sshd, options: SSHOptions = {}): SSH {
  return new SSH("host", {
    config: sshd.configPath,
    runtime: Deno.execPath(),
    ...options,
  });
}

/** Waits for a promise to reject, and returns why; not for ever. */
export function rejection(
  promise: Promise<unknown>,
  within = 60_000,
  // deno-lint-ignore no-explicit-any
): Promise<any> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`Still pending after ${within} ms`)),
    within,
  );
  const rejected = promise.then(
    (value) => {
      throw new Error(`It resolved to ${Deno.inspect(value)}`);
    },
    (error) => error,
  );
  const first = Promise.race([rejected, late])
    .finally(() => clearTimeout(timer));
  first.catch(() => {}); // A test may look at it only later.
  return first;
}

// The far side after a session with everything: not a file more, not a file changed, no process.

import { assertEquals, assertInstanceOf } from "@std/assert";
import { RealmTerminatedError, type Tunnel } from "../mod.ts";
import {
  difference,
  processesWithEnv,
  snapshot,
  soon,
} from "./support/processes.ts";
import { sshdMissing, startSshd } from "./support/sshd.ts";
import { exported, Local } from "../mod.ts";
import {
  type Project,
  project,
  type Recorder,
  recorder,
  rejection,
  sshTo,
} from "./support/tunnels.ts";
import * as functions from "./testdata/functions.ts";

/** A project that makes use of everything, and is large. */
function everything(): Promise<Project> {
  const files: Record<string, string> = {
    "deno.json": "{}",
    "main.ts":
      `import "./cycle.ts"; import json from "./data.json" with { type: "json" };
import { loadavg } from "node:os"; import { size } from "./m/0.ts";
export const load = async (name: string) => [json, size, loadavg().length, (await import(name)).default, await import("node:fs").then((fs) => typeof fs.readFileSync)];
export const store = () => { localStorage.setItem("a", "b"); };`,
    "cycle.ts": `export * from "./main.ts"; export default "cycle";`,
    "data.json": "[1]",
  };
  const padding = `/* ${
    crypto.getRandomValues(new Uint8Array(8000)).toHex()
  } */`;
  for (let i = 0; i < 60; i++) {
    files[`m/${i}.ts`] = `${padding} ${
      i < 59
        ? `import { size as next } from "./${i + 1}.ts";`
        : "const next = 0;"
    } export const size: number = next + 1;`;
  }
  return project(files);
}

async function useEverything(tunnel: Tunnel, log: Recorder): Promise<void> {
  await using files = await everything();
  const url = files.url("main.ts");
  const load = exported<(name: string) => unknown>(url, "load");
  const expected = [[1], 60, 3, "cycle", "function"];
  // With cycles in it the project cannot be imported by name alone.
  assertEquals(await tunnel.call(load, "./cycle.ts"), expected);
  await tunnel.call(functions.log);
  await tunnel.call(functions.failLater);
  await tunnel.call(functions.noisy, new Uint8Array(2_000_000));
  assertEquals((await tunnel.exec(["sh", "-c", "exit 3"])).code, 3);
  await rejection(tunnel.with({ timeout: 50 }).call(functions.never));
  await rejection(tunnel.with({ timeout: 50 }).exec(["sleep", "1000"]));
  const aborter = new AbortController();
  const stuck = rejection(
    tunnel.with({ signal: aborter.signal }).call(functions.spin),
  );
  await log.wait("spins");
  aborter.abort();
  await stuck;
  assertEquals(
    await tunnel.with({ env: { X: "1" }, cwd: "/" }).call(Deno.cwd),
    "/",
  );
  await tunnel.call(functions.leaveChild);
  for (
    const crash of [
      functions.killSelf,
      functions.exhaustMemory,
      () => functions.exit(4),
    ].slice(0, 2)
  ) {
    const error = await rejection(tunnel.call(crash));
    assertInstanceOf(error, RealmTerminatedError);
    assertEquals(await tunnel.call(functions.increment), 1);
  }
  assertEquals(await tunnel.call(load, "./cycle.ts"), expected);
}

async function checkNothingLeft(
  tunnelTo: (
    home: string,
    env: Record<string, string>,
    log: Recorder,
  ) => Promise<Tunnel & AsyncDisposable>,
): Promise<void> {
  await using place = await project({
    "home/.profile": "",
    "tmp/file": "",
    "cwd/file": "",
  });
  const mark = crypto.randomUUID();
  const env = {
    TMPDIR: `${place.dir}/tmp`,
    LEAVE_NOTHING: mark,
    DENO_V8_FLAGS: "--max-old-space-size=48",
  };
  const before = await snapshot([place.dir]);
  {
    const log = recorder();
    await using tunnel = await tunnelTo(place.dir, env, log);
    await useEverything(tunnel, log);
  }
  assertEquals(difference(before, await snapshot([place.dir])), []);
  await soon(() => processesWithEnv("LEAVE_NOTHING", mark).length === 0);
}

Deno.test("a session with everything leaves nothing on this machine", () =>
  checkNothingLeft((dir, env, { onLog }) =>
    Promise.resolve(
      new Local("here", {
        env: {
          ...env,
          HOME: `${dir}/home`,
          XDG_CACHE_HOME: `${dir}/home/.cache`,
        },
        cwd: `${dir}/cwd`,
        onLog,
      }),
    )
  ));

Deno.test({
  name: "a session with everything leaves nothing on a host",
  ignore: sshdMissing !== undefined,
  async fn() {
    await using resources = new AsyncDisposableStack();
    await checkNothingLeft(async (dir, env, { onLog }) => {
      // The whole far side sees these, tongs' own processes included.
      const sshd = resources.use(await startSshd({ home: `${dir}/home`, env }));
      return sshTo(sshd, { cwd: `${dir}/cwd`, onLog });
    });
  },
});

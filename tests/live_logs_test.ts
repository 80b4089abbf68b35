// The guide's way to follow a file on many hosts, stopped by a real Ctrl-C.

import { assert, assertEquals } from "@std/assert";
import { eventually, processesMatching, soon } from "./support/processes.ts";
import { MOD, project } from "./support/tunnels.ts";

const GUIDE = new URL("../docs/guide/live_logs.md", import.meta.url);

Deno.test("following logs of 20 hosts stops cleanly with Ctrl-C, while nothing is written", async () => {
  const [, source] = /^```ts\n(.*?)^```$/ms.exec(
    await Deno.readTextFile(GUIDE),
  )!;
  const line = /^.*stop\.abort\(\); \/\/ as Ctrl-C does\n/m;
  assert(line.test(source!));
  await using files = await project({
    "main.ts": source!.replace(line, "").replace('"tongs"', `"${MOD}"`),
  });
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "main.ts"],
    cwd: files.dir,
    env: { NO_COLOR: "1", TMPDIR: files.dir },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let stdout = "";
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const bytes of child.stdout) stdout += decoder.decode(bytes);
  })();
  const stderr = new Response(child.stderr).text();
  const lines = () => stdout.split("\n").length - 1;
  await eventually(() => lines() === 40);
  // All stand still and wait for a line that never comes.
  child.kill("SIGINT");
  assertEquals(await child.status, { success: true, code: 0, signal: null });
  await reading;
  assertEquals(await stderr, "");
  const hosts = (text: string) =>
    stdout.split("\n").filter((line) => line.endsWith(text)).sort();
  assertEquals(hosts("first line").length, 20);
  assertEquals(new Set(hosts("second line")).size, 20);
  await soon(() => processesMatching(files.dir).length === 0);
  const left = await Array.fromAsync(Deno.readDir(files.dir));
  assertEquals(left.map(({ name }) => name), ["main.ts"]);
});

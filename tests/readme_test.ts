// What README shows on the command line is run here; its TypeScript is run as a documentation test.

import { assert, assertEquals } from "@std/assert";
import { sshdMissing, startSshd } from "./support/sshd.ts";
import { project } from "./support/tunnels.ts";

const ROOT = new URL("../", import.meta.url);

/** The lines of the shell blocks of README, without comments. */
async function shownCommands(): Promise<string[]> {
  const readme = await Deno.readTextFile(new URL("README.md", ROOT));
  return [...readme.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, block]) =>
    block!.split("\n").map((line) => line.replace(/\s+#\s.*$/, "").trim())
      .filter((line) => line !== "")
  );
}

async function run(args: string[]): Promise<{ code: number; stdout: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  assertEquals(code, 0, `${args.join(" ")}: ${decoder.decode(stderr)}`);
  return { code, stdout: decoder.decode(stdout) };
}

Deno.test("README names the tasks that there are", async () => {
  const { tasks } = JSON.parse(
    await Deno.readTextFile(new URL("deno.json", ROOT)),
  );
  const named = (await shownCommands()).flatMap((line) =>
    /^npx -y deno@2\.9\.4 task (\w+)$/.exec(line)?.[1] ?? []
  );
  assertEquals(named, ["demo", "test"]);
  for (const name of named) assert(name in tasks);
});

Deno.test("the demo shows the facts of three places", async () => {
  const { stdout } = await run(["task", "--quiet", "demo"]);
  assertEquals(stdout.split(Deno.hostname()).length - 1, 3);
});

Deno.test({
  name: "the commands that README shows work as shown",
  ignore: sshdMissing !== undefined,
  fn: async () => {
    await using sshd = await startSshd();
    const shown = (await shownCommands())
      .filter((line) => line.startsWith("tongs "));
    assert(shown.length >= 4);
    await using files = await project({});
    for (const line of shown) {
      const [command, ...words] = line.split(/\s+/).slice(1);
      const args = words.map((word) =>
        word.replace(/^'(.*)'$/, "$1").replace(/^\/tmp\//, `${files.dir}/`)
      );
      // Its hosts are this one, and the runtime is not on the PATH there.
      await run([
        ...["run", "-A", "main.ts", command!],
        ...(command === "hosts" ? [] : ["--ssh-config", sshd.configPath]),
        ...(/exec|hosts/.test(command!) ? [] : ["--runtime", Deno.execPath()]),
        ...args,
      ]);
    }
    const content = (path: string | URL) => Deno.readTextFile(path);
    const readme = await content(new URL("README.md", ROOT));
    assertEquals(await content(`${files.dir}/README.md`), readme);
    const hostname = await content("/etc/hostname");
    for (const host of ["web1", "web2"]) {
      assertEquals(await content(`${files.dir}/${host}.txt`), hostname);
    }
    assertEquals(
      await content(`${files.dir}/docs/architecture.md`),
      await content(new URL("docs/architecture.md", ROOT)),
    );
  },
});

// The processes below tunnels, at the moments when Deno's own are awkward.

import { assertEquals } from "@std/assert";
import { AgentProcess } from "../tunnels/agent_process.ts";
import { commandCarrier } from "../tunnels/carrier.ts";
import { project } from "./support/tunnels.ts";

Deno.test("a carried process can be let go of at any moment of its end", async () => {
  const carrier = commandCarrier((argv) => [...argv], true);
  await Promise.all(Array.from({ length: 200 }, async () => {
    const process = carrier.run(["true"]);
    let ended = false;
    const end = Promise.all([
      process.stdin.close().catch(() => {}),
      process.stdout.cancel(),
      process.stderr.cancel(),
      process.status,
    ]).then(() => ended = true);
    while (!ended) {
      await new Promise((resolve) => setTimeout(resolve));
      process.unref();
      process.ref();
    }
    await end;
  }));
});

Deno.test("the last words of a command that has ended are read, however busy this process is", async () => {
  await using files = await project({});
  const exists = (name: string) =>
    [...Deno.readDirSync(files.dir)]
      .some((entry) => entry.name === name);
  const local = commandCarrier((argv) => [...argv], true);
  let ended: Promise<unknown> | undefined;
  const carrier = {
    ...local,
    run: (argv: readonly string[]) => {
      const process = local.run(argv);
      ended = process.status;
      return process;
    },
  };
  // What it has left behind speaks when it is gone, and while nothing can be read here.
  const script = `cd "$1"
    (until [ -e go ]; do :; done; echo last words >&2; : > said) & exit 3`;
  const argv = ["sh", "-c", script, "sh", files.dir];
  const process = new AgentProcess("here", carrier, argv, () => {});
  const busy = ended!.then(() => {
    const start = performance.now();
    Deno.writeTextFileSync(`${files.dir}/go`, "");
    while (!exists("said") || performance.now() - start < 500);
  });
  const { code } = await process.finish();
  await busy;
  assertEquals([code, process.stderr], [3, "last words"]);
});

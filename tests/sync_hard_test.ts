// `sync` and `syncFrom` when a side dies or gives up in the middle.

import { assertEquals, assertInstanceOf } from "@std/assert";
import { Local, TunnelClosedError } from "../mod.ts";
import { eventually } from "./support/processes.ts";
import { makeTree, type Scratch, scratch } from "./support/trees.ts";
import { MOD, rejection } from "./support/tunnels.ts";

/** A tree with a large file in it, and an older copy of it. */
async function largeTree(files: Scratch): Promise<void> {
  await files.tree("a", { "1": "newer", "3": "newer" });
  const large = await Deno.open(files.at("a/2"), { write: true, create: true });
  await large.truncate(400 * 1024 * 1024); // Sparse: it travels, and takes no room here.
  large.close();
  await files.tree("b", { "1": "old", "2": "old", "3": "old" });
}

/** Nothing is half written: each file is the old or the new one, and there are no others. */
async function assertWhole(files: Scratch): Promise<void> {
  await eventually(
    () => [...Deno.readDirSync(files.at("b"))].length === 3,
    { message: "Temporary files stay" },
  );
  assertEquals(await Deno.readTextFile(files.at("b/1")), "newer");
  assertEquals(await Deno.readTextFile(files.at("b/2")), "old");
  assertEquals(await Deno.readTextFile(files.at("b/3")), "old");
}

for (const way of ["sync", "syncFrom"] as const) {
  Deno.test(`${way}: when the agent is killed in the middle it fails, and nothing is half written`, async () => {
    await using files = await scratch();
    await largeTree(files);
    await using here = new Local("here");
    const { pid } = await here.info();
    const error = await rejection(
      here[way](files.at("a"), files.at("b"), {
        onProgress({ bytes }) {
          if (bytes < 1_000_000) return;
          try {
            Deno.kill(pid, "SIGKILL");
          } catch {
            // It was, before.
          }
        },
      }),
    );
    assertInstanceOf(error, TunnelClosedError);
    await assertWhole(files);
  });

  Deno.test(`${way}: when it is cancelled in the middle nothing is half written, and the tunnel lives on`, async () => {
    await using files = await scratch();
    await largeTree(files);
    await using here = new Local("here");
    const aborter = new AbortController();
    const error = await rejection(
      here[way](files.at("a"), files.at("b"), {
        signal: aborter.signal,
        onProgress: ({ bytes }) => bytes > 1_000_000 && aborter.abort(),
      }),
    );
    assertEquals(error.name, "AbortError");
    await assertWhole(files);
    assertEquals(await here.call(() => 1 + 1), 2);
  });

  Deno.test(`${way}: when the controller is killed in the middle nothing is half written`, async () => {
    await using files = await scratch();
    await largeTree(files);
    await makeTree(files.dir, {
      "main.ts": `
        import { Local } from ${JSON.stringify(MOD)};
        const here = new Local();
        await here.${way}("a", "b", {
          onProgress({ bytes }) {
            if (bytes > 1_000_000) Deno.kill(Deno.pid, "SIGKILL");
          },
        });`,
    });
    const { signal } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "main.ts"],
      cwd: files.dir,
    }).output();
    assertEquals(signal, "SIGKILL");
    await assertWhole(files);
  });
}

Deno.test("a second copy at the same time leaves each file whole", async () => {
  await using files = await scratch();
  const nodes: Record<string, string> = {};
  for (let i = 0; i < 50; i++) nodes[`d/${i}`] = "x".repeat(i * 3000);
  await files.tree("a", nodes);
  await using here = new Local("here");
  await Promise.all(
    [1, 2, 3].map(() => here.sync(files.at("a"), files.at("b"))),
  );
  assertEquals(await files.look("b"), await files.look("a"));
});

Deno.test("copies that delete take neither each other's files nor what another one has removed for failures", async () => {
  await using files = await scratch();
  const nodes: Record<string, string> = {};
  for (let i = 0; i < 50; i++) nodes[`d/${i}`] = "x".repeat(i * 30_000);
  await files.tree("a", nodes);
  const others: Record<string, string> = {};
  for (let i = 0; i < 200; i++) others[`d/other${i}`] = "x";
  await files.tree("b", others);
  await using here = new Local("here");
  await Promise.all(
    [1, 2, 3].map(() =>
      here.sync(files.at("a"), files.at("b"), { delete: true })
    ),
  );
  assertEquals(await files.look("b"), await files.look("a"));
});

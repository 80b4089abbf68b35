// Transfers that are cut short: they end when they are told to, and what is half there goes before
// anybody is told that they have ended.

import { assertEquals, assertMatch } from "@std/assert";
import { commandCarrier, Tunnel } from "../mod.ts";
import { timeLimits } from "./support/clock.ts";
import { eventually } from "./support/processes.ts";
import { project, rejection } from "./support/tunnels.ts";

/** A way to this machine by a command in front of what is run. */
class Way extends Tunnel {
  constructor(...command: string[]) {
    super("here", commandCarrier((argv) => [...command, ...argv]), {
      connectTimeout: 600_000,
    });
  }
}

/** A source without an end. */
function endless(onPull = () => {}): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull(controller) {
      onPull();
      controller.enqueue(new Uint8Array(64 * 1024));
    },
  });
}

/** Has timers of a second and more never fire. */
function withoutSeconds(): Disposable {
  const own = globalThis.setTimeout;
  globalThis.setTimeout =
    ((callback: () => void, ms = 0) =>
      own(callback, ms < 1000 ? ms : 2 ** 30)) as typeof setTimeout;
  return { [Symbol.dispose]: () => void (globalThis.setTimeout = own) };
}

Deno.test("a put and a sync end in their time though the host takes nothing", async () => {
  await using files = await project({ "site/a": "A" });
  await Deno.truncate(`${files.dir}/site/a`, 2 ** 26);
  await using hanging = new Way("sh", "-c", "exec sleep 1000");
  using limits = timeLimits();
  const brief = hanging.with({ timeout: 300 });
  const begun = new Set<string>();
  let pulled = 0;
  const source = endless(() => {
    if (++pulled > 1) begun.add("stream"); // Its first piece was taken.
  });
  const ended = Promise.all([
    rejection(brief.put(source, "/nowhere/a")),
    rejection(
      brief.put(`${files.dir}/site/a`, "/nowhere/a", {
        onProgress: () => void begun.add("file"),
      }),
    ),
    rejection(
      brief.sync(`${files.dir}/site`, "/nowhere", {
        onProgress: () => void begun.add("directory"),
      }),
    ),
  ]);
  await eventually(() => begun.size === 3);
  assertEquals(limits.pass(), [300, 300, 300]);
  assertEquals(
    (await ended).map(({ name }) => name),
    Array(3).fill("TimeoutError"),
  );
});

Deno.test("closing does not wait for a host that has not answered yet", async () => {
  await using hanging = new Way("sh", "-c", "exec sleep 1000");
  const failed = rejection(hanging.call(() => 1));
  const closed = Promise.withResolvers<string>();
  const late = setTimeout(() => closed.reject(new Error("It waits")), 60_000);
  {
    // Who has answered gets two seconds to clean up. Here they never pass.
    using _ = withoutSeconds();
    hanging.close().then(() => closed.resolve("closed"), closed.reject);
    assertEquals(await closed.promise, "closed");
  }
  clearTimeout(late);
  assertEquals((await failed).name, "TunnelClosedError");
});

Deno.test("nothing half there is left once a tunnel is closed", async () => {
  // Who removes the files of what was killed would come later.
  await using files = await project({
    "bin/rm": '#!/bin/sh\nsleep 5\nexec /bin/rm "$@"\n',
    "site/a": "A",
    "to/old": "old",
  });
  const { dir } = files;
  await Deno.chmod(`${dir}/bin/rm`, 0o755);
  await Deno.truncate(`${dir}/site/a`, 2 ** 36); // Sparse, and too much to be through.
  const names = async () =>
    (await Array.fromAsync(Deno.readDir(`${dir}/to`))).map(({ name }) => name);
  for (const operation of ["put", "sync"]) {
    await using here = new Way(
      "env",
      `PATH=${dir}/bin:${Deno.env.get("PATH")}`,
    );
    const failed = rejection(
      operation === "put"
        ? here.put(endless(), `${dir}/to/new`)
        : here.sync(`${dir}/site`, `${dir}/to`),
      60_000,
    );
    await eventually(async () => (await names()).length > 1);
    await here.close();
    assertEquals(await names(), ["old"]);
    assertMatch(String(await failed), /TunnelClosedError|was closed/);
  }
});

// The permissions of user code: what is not granted is refused there, and the tunnel works on.

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { Local, type TunnelOptions } from "../mod.ts";
import { echo, variable, where } from "./testdata/functions.ts";
import { granted, openPipes, powers } from "./testdata/powers.ts";
import { project, recorder, rejection } from "./support/tunnels.ts";

const ALL = [
  "read",
  "readElsewhere",
  "write",
  "run",
  "runOther",
  "net",
  "env",
  "sys",
  "ffi",
];

function testPowers(
  name: string,
  permissions: (dir: string, port: number) => Deno.PermissionOptions,
  expected: string[],
): void {
  Deno.test(name, async () => {
    await using files = await project({ file: "content" });
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    (async () => {
      for await (const connection of listener) connection.close();
    })().catch(() => {});
    const log = recorder();
    await using here = new Local("here", {
      ...log,
      permissions: permissions(files.dir, port),
    });
    const outcomes = await here.call(powers, { dir: files.dir, port });
    assertEquals(outcomes.remoteImport, "ok");
    const allowed = Object.keys(outcomes).filter((name) =>
      outcomes[name] === "ok" && name !== "remoteImport"
    );
    assertEquals(allowed, expected);
    for (const name of ALL) {
      if (!expected.includes(name)) {
        assertEquals(outcomes[name], "NotCapable", name);
      }
    }
    assertEquals(log.texts(), []);
  });
}

testPowers(
  "all is granted unless something else is said",
  () => "inherit",
  ALL,
);
testPowers("none grants nothing", () => "none", []);
testPowers("an empty set grants nothing", () => ({}), []);
testPowers(
  "false grants nothing",
  () => ({ read: false, write: false, run: false }),
  [],
);
testPowers("a list of paths to read grants these", (dir) => ({ read: [dir] }), [
  "read",
]);
testPowers("reading everything grants that", () => ({ read: true }), [
  "read",
  "readElsewhere",
]);
testPowers(
  "a list of paths to write grants these",
  (dir) => ({ write: [`${dir}/written`] }),
  ["write"],
);
testPowers(
  "a list of programs to run grants these",
  () => ({ run: ["true"] }),
  ["run"],
);
testPowers("the network can be granted", () => ({ net: true }), ["net"]);
testPowers(
  "a list of hosts grants these",
  (_, port) => ({
    net: [`0.0.0.0:${port}`, `localhost:${port}`, `127.0.0.1:${port}`],
  }),
  ["net"],
);
testPowers(
  "variables and facts can be granted",
  () => ({ env: ["HOME"], sys: ["hostname"] }),
  ["env", "sys"],
);
testPowers("foreign functions can be granted", () => ({ ffi: true }), ["ffi"]);

// Who may read or write everything without limit may do so with these too.
for (
  const permissions of [
    "none",
    { read: ["/tmp"], write: ["/tmp"] },
    { read: ["/"], write: ["/"] },
    { run: true, net: true, env: true, sys: true },
  ] as Deno.PermissionOptions[]
) {
  Deno.test(`the pipes of the protocol are out of reach of user code with ${JSON.stringify(permissions)}`, async () => {
    await using here = new Local("here", { permissions });
    assertEquals(await here.call(openPipes), []);
    assertEquals(await here.call(echo, 1), 1);
  });
}

Deno.test("everything of tongs itself works without permissions", async () => {
  const log = recorder();
  await using here = new Local("here", { ...log, permissions: "none" });
  assertEquals(await here.call(granted), []);
  assertEquals((await here.call(where)).host, "here");
  const bytes = new Uint8Array(3 * 1024 * 1024);
  assertEquals((await here.call(echo, bytes)).length, bytes.length);
  const error = await rejection(here.call(variable, "HOME"));
  assertEquals(error.name, "NotCapable");
  assertStringIncludes(error.message, "HOME");
  // Nobody is asked.
  assertEquals(log.texts(), []);
});

Deno.test("permissions hold for every process of a tunnel", async () => {
  const options: TunnelOptions = {
    permissions: { env: ["A"] },
    env: { A: "1" },
    onLog: () => {},
  };
  await using here = new Local("here", options);
  const view = here.with({ env: { A: "2" } });
  assertEquals(await view.call(variable, "A"), "2");
  assertEquals(
    (await rejection(view.call(variable, "HOME"))).name,
    "NotCapable",
  );
  await rejection(here.call((await import("./testdata/functions.ts")).exit, 1));
  assertEquals(
    (await rejection(here.call(variable, "HOME"))).name,
    "NotCapable",
  );
});

Deno.test("a permission that cannot be passed on is an error", async () => {
  const here = new Local("here", { permissions: { read: ["/a,b"] } });
  const error = await rejection(here.call(echo, 1));
  assertEquals(error.name, "TypeError");
  assertStringIncludes(error.message, "comma");
  await here.close();
  assertThrows(() => new Local(""), TypeError);
});

// A host that reaches nothing but the controller's ssh runs code with real packages all the same.

import { assertEquals, assertMatch } from "@std/assert";
import { makeNamespace, namespaceMissing } from "./support/namespace.ts";
import { program, run } from "./support/packages.ts";
import { sshdMissing, startSshd } from "./support/sshd.ts";
import { MOD } from "./support/tunnels.ts";

const missing = sshdMissing ?? namespaceMissing;

Deno.test({
  name:
    "a host without any network but the controller's ssh runs real packages" +
    (missing === undefined ? "" : ` (needs ${missing})`),
  ignore: missing !== undefined,
  async fn() {
    await using namespace = await makeNamespace();
    await using sshd = await startSshd({ namespace });
    await using files = await program(
      `import { SSH } from ${JSON.stringify(MOD)};
await using far = new SSH("host", { config: ${
        JSON.stringify(sshd.configPath)
      }, runtime: Deno.execPath() });
show(await far.call(lib.network)); show(await lib.main()); show(await far.call(lib.main));
const level = lib.Level.High; show(await far.call(() => [level, join("a", "b"), lib.shared()]));`,
      {
        "deno.json": JSON.stringify({
          imports: { "@std/path": "npm:deno-std@1.4.0/path/mod.js" },
        }),
        "lib.ts": `import ts from "npm:typescript@5.9.3";
import { addDays, format } from "npm:date-fns@4.4.0";
import { z } from "npm:zod@4.6.7";
import { parse } from "npm:acorn@8.19.0";
import { join } from "@std/path";
import { h } from "npm:preact@10.29.0";
import { useState } from "npm:preact@10.29.0/hooks";
import render from "npm:preact-render-to-string@6.6.6";
export enum Level { Low, High }
const Counter = () => h("b", null, useState(5)[0]);
export const shared = () => render(h(Counter, null));
export const network = async () => {
  const reach = async (address: string) => await fetch(address, { signal: AbortSignal.timeout(60_000) }).then(() => "reached", (error) => error.name);
  const { interfaces } = { interfaces: Deno.networkInterfaces().map(({ name }) => name).sort() };
  return [[...new Set(interfaces)], await reach("http://192.0.2.1/"), await reach("https://example.com/")];
};
export const main = () => [
  ts.transpile("enum A { B }; let x: number = A.B"), format(addDays(new Date(2020, 1, 28), 2), "yyyy-MM-dd"),
  z.object({ a: z.number() }).parse({ a: 1 }), parse("a ?? b", { ecmaVersion: 2020 }).type, join("a", "..", "b"), shared(),
];`,
      },
    );
    const main = `${files.dir}/main.ts`;
    await Deno.writeTextFile(
      main,
      `import { join } from "@std/path";\n${await Deno.readTextFile(main)}`,
    );
    const [network, expected, result, byValue] = await run(files);
    assertEquals(network, [["eth0", "lo"], "TypeError", "TypeError"]);
    assertEquals(result, expected);
    assertMatch(result[0], /var A;/);
    assertEquals(result.at(-1), "<b>5</b>");
    assertEquals(byValue, [1, "a/b", "<b>5</b>"]);
  },
});

// What many hosts get is prepared once. Everything that preparing takes is counted, in a program of
// its own: it goes through what Deno gives every program, and is looked up when it is used.

import { assertEquals } from "@std/assert";
import { packageFiles, run } from "./support/packages.ts";
import { MOD, project } from "./support/tunnels.ts";

/** Counts what a program reads, hashes, compresses and starts; agents are the `sh` of it. */
const COUNTS = `
export const counts = {};
export const count = (what) => counts[what] = (counts[what] ?? 0) + 1;
const { Command, readFile } = Deno;
Deno.Command = class extends Command {
  constructor(command, options) {
    super(command, options);
    count(String(command).split("/").pop() + " " + options.args[0]);
  }
};
Deno.readFile = (path, options) => {
  count("read " + String(path).split("/").pop());
  return readFile(path, options);
};
const { digest } = crypto.subtle;
crypto.subtle.digest = (...args) => {
  count("hash");
  return digest.apply(crypto.subtle, args);
};
globalThis.CompressionStream = class extends CompressionStream {
  constructor(format) {
    super(format);
    count("compress");
  }
};
`;

/** What a call of a module's function and one of a closure take on so many hosts, few at a time. */
async function countsOf(hosts: number): Promise<Record<string, number>> {
  await using files = await project({
    "counts.js": COUNTS,
    "main.ts": `import { count, counts } from "./counts.js";
import { Group, Local, remote } from ${JSON.stringify(MOD)};
import { work } from "./lib.ts";
import { more } from "./more.ts";
await using group = new Group(
  Array.from({ length: ${hosts} }, (_, i) => new Local("h" + i)),
  { concurrency: 3 },
);
const one = 1;
const closure = ({ a }: { a: number }) => more() + one + a + remote.host.length;
const argument = {
  get a() {
    count("encode");
    return 1;
  },
};
const values = [await group.call(work), await group.call(closure, argument)]
  .flatMap((result) => [...result.raiseFailures().values()])
  .map((outcome) => outcome.value);
console.log(JSON.stringify([values, counts]));`,
    // What is small goes as it is.
    "lib.ts": `import { value } from "heavy";
import { also } from "./decorated.ts";
const text = "${"lib ".repeat(20_000)}";
export const work = (): number => value() + also() + text.length;`,
    "more.ts": `const text = "${"more".repeat(20_000)}";
export const more = (): number => text.length;`,
    // Decorators take a compiler of its own.
    "decorated.ts": `const mark = (_: unknown, __: unknown) => {};
@mark class A {}
export const also = (): number => A.name.length;`,
    "package.json": JSON.stringify({ dependencies: { heavy: "*" } }),
    ...packageFiles("heavy", { type: "module", main: "index.js" }, {
      "index.js": "export const value = () => 10;",
    }),
  });
  const [[values, counts]] = await run(files);
  assertEquals(values, [
    ...Array(hosts).fill(80_011),
    ...Array(hosts).fill(80_004),
  ]);
  return counts;
}

Deno.test("a group prepares modules, closures and packages once, and not for each host", async () => {
  const counts = await countsOf(8);
  const { "sh -c": agents, hash, "deno run": _, ...rest } = counts;
  assertEquals(agents, 8);
  assertEquals(rest, {
    "deno info": 1,
    "deno bundle": 1,
    "deno transpile": 1,
    "read lib.ts": 1,
    "read more.ts": 1,
    "read decorated.ts": 1,
    encode: 1,
    compress: 2, // One for each of the calls.
  });
  const { "sh -c": one, hash: hashes } = await countsOf(1);
  assertEquals([one, hash], [1, hashes]);
});

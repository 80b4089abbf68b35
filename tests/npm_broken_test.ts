// Packages with something missing or broken in them: what does not reach it works elsewhere as it
// does here.

import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { packageFiles, program, run } from "./support/packages.ts";

const STATE = packageFiles("state", {
  type: "module",
  exports: { ".": "./a.js", "./b": "./b.js" },
}, {
  "a.js": `import { state } from "./s.js"; export const inc = () => ++state.n;`,
  "b.js": `import { state } from "./s.js"; export const get = () => state.n;`,
  "s.js": "export const state = { n: 0 };",
});

function description(...names: string[]): string {
  return JSON.stringify({
    type: "module",
    dependencies: Object.fromEntries(names.map((name) => [name, "*"])),
  });
}

const MAIN = `export const main = () => { inc(); return get(); };`;

Deno.test("a package that cannot be bundled does not part the entries of another one", async () => {
  await using files = await program(
    `show(await here.call(lib.main)); show(await failure(here.call(lib.other)));`,
    {
      "package.json": description("broken", "state"),
      ...packageFiles("broken", { main: "index.js" }, {
        "index.js": "export const = 1;",
      }),
      ...STATE,
      "lib.ts": `import { inc } from "state"; import { get } from "state/b";
${MAIN} export const other = async () => await import("broken");`,
    },
  );
  const [state, broken] = await run(files);
  assertEquals(state, 1);
  assertMatch(broken, /Cannot bundle "broken" for other machines: .*broken/s);
  assert(!broken.includes("Stack backtrace"), broken);
});

Deno.test("a package is found out that fails because of one that it imports", async () => {
  await using files = await program(
    `show(await here.call(lib.main)); show(await failure(here.call(lib.other)));`,
    {
      "package.json": description("outer", "state"),
      ...packageFiles("inner", { main: "index.js" }, {
        "index.js": "export const = 1;",
      }),
      ...packageFiles("outer", { main: "index.js" }, {
        "index.js": `exports.get = () => require("inner");`,
      }),
      ...STATE,
      "lib.ts": `import { inc } from "state"; import { get } from "state/b";
${MAIN} export const other = async () => (await import("outer")).get();`,
    },
  );
  const [state, broken] = await run(files);
  assertEquals(state, 1);
  assertStringIncludes(broken, `Cannot bundle "outer" for other machines`);
});

const OPTIONAL = packageFiles("optional", { main: "index.js" }, {
  "index.js": `exports.found = [];
const attempt = (load) => { try { load(); return "loaded"; } catch (error) { return error.code; } };
try { require("./missing.js"); } catch (error) { exports.found.push(error.code); }
try { require("../nothing/x"); } catch (error) { exports.found.push(error.code); }
try { require("state/private.js"); } catch (error) { exports.found.push(error.code); }
exports.reach = () => [attempt(() => require("not-installed/bar")), attempt(() => require("@not/installed"))];
exports.lazy = async () => [
  await import("not-installed-esm/bar").then(() => "loaded", () => "failed"),
  await import("./missing.mjs").then(() => "loaded", () => "failed"),
];
`,
});

Deno.test("what is missing in a package is missed where it is reached", async () => {
  await using files = await program(
    `show(await lib.main()); show(await here.call(lib.main));`,
    {
      "package.json": description("optional", "state"),
      ...OPTIONAL,
      ...STATE,
      "lib.ts":
        `import { found, lazy, reach } from "optional"; import { inc } from "state"; import { get } from "state/b";
export const main = async () => [found, reach(), await lazy(), inc(), get()];`,
    },
  );
  const [expected, result] = await run(files);
  assertEquals(expected[0].slice(0, 2), [
    "MODULE_NOT_FOUND",
    "MODULE_NOT_FOUND",
  ]);
  assertEquals(result[0].slice(0, 2), expected[0].slice(0, 2));
  assertEquals(result[0].length, 3);
  assertEquals(result.slice(1), expected.slice(1));
});

Deno.test("what is missing in one package and there in another is taken for neither", async () => {
  await using files = await program(
    `show(await here.call(lib.main)); show(await failure(here.call(lib.other)));`,
    {
      "package.json": description("without", "with"),
      ...packageFiles("without", { main: "index.js" }, {
        "index.js": `try { require("./extra.js"); } catch { exports.a = 1; }`,
      }),
      ...packageFiles("with", { main: "index.js" }, {
        "index.js": `exports.b = require("./extra.js");`,
        "extra.js": `module.exports = 2;`,
      }),
      "lib.ts": `import { a } from "without"; import { b } from "with";
export const main = () => b; export const other = () => a;`,
    },
  );
  const [b, a] = await run(files);
  assertEquals([b, a], [2, "it resolved to 1"]);
});

Deno.test("projects may be in folders with any name", async () => {
  await using files = await program(
    `show(await here.call(lib.main)); show(await failure(here.call(lib.fail)));`,
    {},
  );
  const dir = `${files.dir}/a #1 50% ?b=ü %23`;
  await Deno.mkdir(dir);
  await Deno.rename(`${files.dir}/main.ts`, `${dir}/main.ts`);
  const all: Record<string, string> = {
    "package.json": description("placed"),
    ...packageFiles("placed", { main: "index.js" }, {
      "index.js":
        `const own = require("./package.json").name;\nexports.main = () => [own, __filename];
exports.fail = () => { throw new Error("failed"); };`,
    }),
    "lib.ts": `import placed from "placed";
export const main = () => placed.main(); export const fail = () => placed.fail();`,
  };
  for (const [name, text] of Object.entries(all)) {
    const path = `${dir}/${name}`;
    await Deno.mkdir(path.replace(/[^/]*$/, ""), { recursive: true });
    await Deno.writeTextFile(path, text);
  }
  const [main, stack] = await run({ ...files, dir });
  const path = `${dir}/node_modules/placed/index.js`;
  assertEquals(main, ["placed", path]);
  assertStringIncludes(
    stack,
    `(file://${encodeURI(path).replace(/[?#]/g, encodeURIComponent)}:3:30)`,
  );
});

Deno.test("Deno's bundler is not downloaded where nothing may be", async () => {
  const asked: string[] = [];
  await using registry = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    ({ url }) => {
      asked.push(new URL(url).pathname);
      return new Response("none", { status: 404 });
    },
  );
  await using files = await program("", {
    "package.json": description("state"),
    ...STATE,
  });
  const url = `file://${files.dir}/node_modules/state/a.js`;
  const bundler = new URL("../modules/npm_bundle.ts", import.meta.url).href;
  await Deno.writeTextFile(
    `${files.dir}/main.ts`,
    `import { bundlePackages } from ${JSON.stringify(bundler)};
const target = { url: ${JSON.stringify(url)}, specifier: ${
      JSON.stringify(url)
    }, type: undefined, isDynamic: false };
for (const cachedOnly of [true, false]) {
  const error = await bundlePackages([target], Deno.cwd(), cachedOnly).catch((error) => error);
  const asked = await fetch("http://127.0.0.1:${registry.addr.port}/mark");
  await asked.body?.cancel();
  console.log(JSON.stringify(String(error)));
}`,
  );
  const errors = await run(files, {
    DENO_DIR: `${files.dir}/empty`,
    NPM_CONFIG_REGISTRY: `http://127.0.0.1:${registry.addr.port}/`,
  });
  for (const error of errors) {
    assertStringIncludes(error, `Cannot bundle "state" for other machines`);
    assertStringIncludes(error, "Deno's bundler is not installed here");
  }
  assertEquals(asked[0], "/mark");
  // Where it may be, this registry is the one that would be asked.
  assert(asked.length > 2, asked.join());
});

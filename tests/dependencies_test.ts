// What code imports from npm goes along with it: the far side gets it from the controller, and
// what it does there is what it does here.

import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { bundles, packageFiles, program, run } from "./support/packages.ts";

const REAL = {
  "deno.json": JSON.stringify({
    imports: {
      "@std/path": "npm:deno-std@1.4.0/path/mod.js",
      "z": "npm:zod@4.6.7",
    },
  }),
  "lib.ts": `import ts, { transpile } from "npm:typescript@5.9.3";
import * as z from "z";
import { z as other } from "npm:zod@4.6.7";
import { addDays, format } from "npm:date-fns@4.4.0";
import { addDays as add } from "npm:date-fns@4.4.0/addDays";
import { parse } from "npm:acorn@8.19.0";
import pad from "npm:left-pad@1.3.0";
import json from "npm:acorn@8.19.0/package.json" with { type: "json" };
import { join } from "@std/path";
import { h } from "npm:preact@10.29.0";
import { useState } from "npm:preact@10.29.0/hooks";
import render from "npm:preact-render-to-string@6.6.6";
const Counter = () => { const [n] = useState(5); return h("b", null, n); };
export const main = () => [
  transpile("enum A { B }; let x: number = A.B"), ts.transpile("let x: 1"), typeof ts.version,
  z.string().safeParse(1).success, other === z.z,
  format(addDays(new Date(2020, 1, 28), 2), "yyyy-MM-dd"), add === addDays,
  parse("a ?? b", { ecmaVersion: 2020 }).type, pad("x", 3, "-"), json.name, join("a", "..", "b"),
  render(h(Counter, null)),
];
export const dynamic = async () => (await import("npm:left-pad@1.3.0")).default === pad;
export const failing = () => { parse("(", { ecmaVersion: 2020 }); };
export { add, pad, parse };
`,
};

Deno.test("real packages do elsewhere what they do here, from one bundle that is made once", async () => {
  await using files = await program(
    `show(lib.main()); show(await here.call(lib.main)); show(await here.call(lib.dynamic));
show(await failure((async () => lib.failing())())); show(await failure(here.call(lib.failing)));
show([await here.call(lib.add, new Date(0), 1), await here.call(lib.pad, "x", 2)]);
const { add } = lib; show(await here.call(() => [add(new Date(0), 1), lib.pad("x", 2)]));
show(await failure(here.call(lib.parse, "(", { ecmaVersion: 2020 })));`,
    REAL,
  );
  const [expected, result, dynamic, own, stack, called, captured, direct] =
    await run(files);
  assertEquals(result, expected);
  assertEquals(expected.at(-1), "<b>5</b>");
  assertEquals(dynamic, true);
  const frames = own.split("\n").slice(0, 11);
  assertStringIncludes(frames[10], "/acorn/8.19.0/dist/acorn.mjs:");
  assertEquals(stack.split("\n").slice(0, 11), frames);
  assertEquals(direct.split("\n").slice(0, 11), frames);
  assertEquals(called, [new Date(86400_000).toJSON(), " x"]);
  assertEquals(captured, called);
  const made = await bundles(files);
  assertEquals(made.length, 1);
  const lock = await Deno.readTextFile(`${files.dir}/deno.lock`);
  assertEquals((await run(files)).slice(0, 3), [expected, expected, true]);
  assertEquals(await bundles(files), made);
  assertEquals(await Deno.readTextFile(`${files.dir}/deno.lock`), lock);
});

const COMMON = packageFiles("common", { main: "index.js" }, {
  "index.js": `Object.defineProperty(exports, "__esModule", { value: true });
exports.default = function named() { return 1; };
exports.own = require("./package.json").version;
exports.place = [__filename, __dirname].map((path) => path.replace(/^.*node_modules/, ""));
exports.builtin = require("path").sep + typeof require("node:fs").readFileSync;
try { require("not-installed"); } catch (error) { exports.missing = error.code; }
exports["is-odd"] = true; exports.class = "reserved";
`,
  "sub/strict.js":
    `"use strict"; module.exports = function () { return [this === undefined, __dirname.endsWith("/sub")]; }; module.exports.extra = 2;`,
});
const MODERN = packageFiles("modern", {
  type: "module",
  exports: { ".": "./index.js", "./inc": "./lib/inc.js", "./data": "./d.json" },
}, {
  "index.js": `import { count } from "./lib/count.js";
import strict, { extra } from "common/sub/strict.js";
export { count, strict, extra };
export const url = import.meta.url.replace(/^.*node_modules/, ""), dirname = import.meta.dirname.replace(/^.*node_modules/, "");
export default class Modern {}
export const lazy = async () => (await import("./lib/lazy.js")).lazy();
export const native = async () => (await import("fs")).constants.R_OK;
`,
  "lib/count.js": "export let count = 0; export const inc = () => ++count;",
  "lib/inc.js": `export { inc } from "./count.js";`,
  "lib/lazy.js":
    `import { count } from "./count.js"; export const lazy = () => "lazy " + count;`,
  "d.json": '{"answer": 42}',
});

const INSTALLED = {
  "package.json": JSON.stringify({
    type: "module",
    dependencies: { common: "*", modern: "*" },
  }),
  ...COMMON,
  ...MODERN,
};

Deno.test("packages of a node_modules folder look as they do to Deno itself, and share their state", async () => {
  await using files = await program(
    `show(await lib.main()); show(await here.call(lib.main));`,
    {
      ...INSTALLED,
      "lib.ts":
        `import common, { builtin, missing, own, place, class as reserved } from "common";
import * as all from "common";
import strict, { extra } from "common/sub/strict.js";
import Modern, { count, dirname, lazy, native, strict as same, url } from "modern";
import { inc } from "modern/inc";
import data from "modern/data" with { type: "json" };
import { again } from "./other.ts";
export const main = async () => [
  Object.keys(common), builtin, missing, own, place, reserved, all.default === common,
  Object.keys(all).filter((name) => name !== "module.exports" && name !== "is-odd"),
  strict(), extra, strict === same, inc(), again(), count, await lazy(), await native(), url, dirname, Modern.name, data,
];`,
      "other.ts":
        `import { inc } from "modern/inc"; export const again = () => inc();`,
    },
  );
  const [expected, result] = await run(files);
  assertEquals(result, expected);
  assertEquals(result.slice(11, 15), [1, 2, 2, "lazy 2"]);
});

Deno.test("a package that was edited is bundled anew", async () => {
  await using files = await program(`show(await here.call(lib.main));`, {
    ...INSTALLED,
    "lib.ts": `export { count as unused, lazy as main } from "modern";`,
  });
  assertEquals(await run(files), ["lazy 0"]);
  await Deno.writeTextFile(
    `${files.dir}/node_modules/modern/lib/lazy.js`,
    "export const lazy = () => 'edited';",
  );
  assertEquals(await run(files), ["edited"]);
  assertEquals((await bundles(files)).length, 1);
});

Deno.test("packages that npm installs arrive", async () => {
  await using files = await program(`show(await here.call(lib.main));`, {
    "package.json": JSON.stringify({
      type: "module",
      dependencies: { acorn: "8.19.0", "left-pad": "1.3.0" },
    }),
    "lib.ts":
      `import { parse } from "acorn"; import pad from "left-pad"; import { version } from "acorn";
export const main = () => [parse("1", { ecmaVersion: 2020 }).type, pad("x", 3), version];`,
  });
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["install", "--quiet"],
    cwd: files.dir,
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  assertEquals(await run(files), [["Program", "  x", "8.19.0"]]);
});

Deno.test("packages that read JSON of their own while they run find it", async () => {
  await using files = await program(
    `show(lib.main()); show(await here.call(lib.main));`,
    {
      "package.json": JSON.stringify({
        type: "module",
        dependencies: { reader: "*", "old-reader": "*" },
      }),
      ...packageFiles("reader", { type: "module", main: "lib/index.js" }, {
        "lib/index.js": `import { createRequire } from "node:module";
import fs, { readFileSync } from "fs";
const require = createRequire(import.meta.url);
const { version } = require("../package.json");
const data = JSON.parse(readFileSync(new URL("./data.json", import.meta.url), "utf8"));
const again = JSON.parse(fs.readFileSync(new URL("../package.json", import.meta.url)));
const change = () => { const own = require("./data.json"); return own.a; };
export { again, change, data, version };`,
        "lib/data.json": '{"a": "ü \\" \u2028"}',
      }),
      ...packageFiles("old-reader", { main: "lib/index.js" }, {
        "lib/index.js":
          `"use strict"; const fs = require("fs"), path = require("path");
exports.name = JSON.parse(fs.readFileSync(path.join(__dirname, "..", "package.json"), "utf-8")).name;
exports.same = JSON.parse(fs.readFileSync(path.resolve(__dirname, "../package.json"), { encoding: "utf8" })).name;`,
      }),
      "lib.ts":
        `import { again, change, data, version } from "reader"; import old from "old-reader";
export const main = () => [again.name, change(), data, version, old.name, old.same];`,
    },
  );
  const [expected, result] = await run(files);
  assertEquals(result, expected);
  assertEquals(result.slice(-2), ["old-reader", "old-reader"]);
});

const FAILING = packageFiles("failing", { main: "index.js" }, {
  "index.js": `const { Inner } = require("./inner.js");

exports.fail = function fail() { // é
  return Inner.fail();
};
`,
  "inner.js": `exports.Inner = class Inner {
  static fail() {
    throw new RangeError("in a package");
  }
};
`,
});

Deno.test("stacks show the files, lines and columns of packages", async () => {
  await using files = await program(
    `show(await failure(here.call(lib.main)));`,
    {
      "package.json": JSON.stringify({ dependencies: { failing: "*" } }),
      ...FAILING,
      "lib.ts":
        `import { fail } from "failing";\nexport const main = () => fail();`,
    },
  );
  for (const _ of ["fresh", "from the cache"]) {
    const [stack] = await run(files);
    const url = `file://${files.dir}`;
    assertEquals(stack.split("\n").slice(0, 4), [
      "RangeError: in a package",
      `    at Inner.fail (${url}/node_modules/failing/inner.js:3:11)`,
      `    at fail (${url}/node_modules/failing/index.js:4:16)`,
      `    at main (${url}/lib.ts:2:27)`,
    ]);
  }
});

const NATIVE = {
  ...packageFiles("needs-addon", { main: "index.js" }, {
    "index.js": `exports.fast = require("./build/Release/fast.node");`,
    "build/Release/fast.node": "\x7fELF",
  }),
  ...packageFiles("finds-addon", { main: "index.js" }, {
    "index.js": `module.exports = require("bindings")("fast");`,
  }),
  ...packageFiles("bindings", { main: "index.js" }, {
    "index.js": `module.exports = () => { throw new Error("not found"); };`,
  }),
  ...packageFiles("likes-addon", { main: "index.js" }, {
    "index.js":
      `let fast; try { fast = require("./fast.node"); } catch { fast = "slow"; } exports.speed = fast;`,
    "fast.node": "\x7fELF",
  }),
};

Deno.test("a package that needs a native addon says so by its name, and one that can do without works", async () => {
  await using files = await program(
    `show(await failure(here.call(lib.needs))); show(await failure(here.call(lib.finds)));
show(await here.call(lib.likes));`,
    {
      "package.json": JSON.stringify({
        dependencies: {
          "needs-addon": "*",
          "finds-addon": "*",
          "likes-addon": "*",
        },
      }),
      ...NATIVE,
      "lib.ts": `import { speed } from "likes-addon";
export const needs = async () => (await import("needs-addon")).fast;
export const finds = async () => (await import("finds-addon")).default;
export const likes = () => speed;`,
    },
  );
  const [needs, finds, likes] = await run(files);
  assertStringIncludes(
    needs,
    `Cannot load the npm package "needs-addon" on another machine: it needs a native addon`,
  );
  assertStringIncludes(
    finds,
    `Cannot load the npm package "finds-addon" on another machine`,
  );
  assertEquals(likes, "slow");
});

Deno.test("a package that cannot be bundled leaves the others in peace, and says why", async () => {
  await using files = await program(
    `show(await here.call(lib.main)); show(await failure(here.call(lib.other)));`,
    {
      ...INSTALLED,
      "package.json": JSON.stringify({
        type: "module",
        dependencies: { broken: "*", modern: "*", common: "*" },
      }),
      ...packageFiles("broken", { main: "index.js" }, {
        "index.js": `export const = 1;`,
      }),
      "lib.ts": `import { lazy } from "modern"; export const main = lazy;
export const other = async () => await import("broken");`,
    },
  );
  const [fine, broken] = await run(files);
  assertEquals(fine, "lazy 0");
  assertMatch(broken, /broken/);
});

Deno.test("without a place for a cache, or with a damaged one, packages arrive all the same", async () => {
  await using files = await program(`show(await here.call(lib.main));`, {
    ...INSTALLED,
    "lib.ts": `export { lazy as main } from "modern";`,
  });
  assertEquals(await run(files, { XDG_CACHE_HOME: "/dev/null/x" }), ["lazy 0"]);
  assertEquals(await bundles(files), []);
  await run(files);
  const [name] = (await bundles(files))[0]!.split(" ");
  const path = `${files.dir}/cache/tongs/${name}`;
  const { size } = await Deno.stat(path);
  for (const damaged of [0, 3, 100, size - 1]) {
    await Deno.truncate(path, damaged);
    assertEquals(await run(files), ["lazy 0"]);
    assertEquals((await Deno.stat(path)).size, size);
  }
  assertEquals((await bundles(files)).length, 1);
});

Deno.test("many controllers may make one bundle at the same time", async () => {
  await using files = await program(`show(await here.call(lib.main));`, {
    ...INSTALLED,
    "lib.ts": `export { lazy as main } from "modern";`,
  });
  const results = await Promise.all(
    Array.from({ length: 4 }, () => run(files)),
  );
  assertEquals(results, Array.from({ length: 4 }, () => ["lazy 0"]));
  assertEquals((await bundles(files)).length, 1);
});

Deno.test("without Deno's bundler, and no network to get it from, the error says what to do", async () => {
  await using files = await program(
    `show(await failure(here.call(lib.main)));`,
    {
      ...INSTALLED,
      "lib.ts":
        `export { lazy as main } from "modern";export const own = () => 1;`,
    },
  );
  const nowhere = "http://127.0.0.1:9";
  const [error] = await run(files, {
    DENO_DIR: `${files.dir}/empty`,
    HTTP_PROXY: nowhere,
    HTTPS_PROXY: nowhere,
    NO_PROXY: "",
  });
  assertStringIncludes(error, "Deno's bundler is not installed here");
});

Deno.test("a name that is computed means what the program imports by it, and what only a plugin imports comes too", async () => {
  await using files = await program(
    `show(await here.call(lib.main, "modern/inc")); show(await here.call(lib.plugin, "./plugin.ts"));
show(await failure(here.call(lib.main, "common/sub/strict.js")));show(await failure(here.call(lib.main, "npm:acorn")));`,
    {
      ...INSTALLED,
      "lib.ts":
        `import { count } from "modern"; import { inc } from "modern/inc";
export const main = async (name: string) => { const other = await import(name); return [other.inc === inc, other.inc(), count]; };
export const plugin = async (name: string) => (await import(name)).default;`,
      "plugin.ts":
        `import { own } from "common"; import { count } from "modern"; export default [own, count];`,
    },
  );
  const [computed, plugin, unknown, download] = await run(files);
  assertEquals(computed, [true, 1, 1]);
  assertEquals(plugin, ["1.0.0", 1]);
  assertMatch(unknown, /Cannot (find|resolve)/);
  assertStringIncludes(download, "there is no such module");
});

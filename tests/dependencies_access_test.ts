// What a far side may have of packages, of the network and of the cache: what the modules that it
// was sent import, and nothing else, whatever it asks for. Asking causes no request to anybody.

import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { exported } from "../mod.ts";
import { Hostile } from "./support/hostile.ts";
import { ownDenoDir, packageFiles, program, run } from "./support/packages.ts";
import { MOD, type Project, project, recorder } from "./support/tunnels.ts";

const SECRET = "the secret of the controller";
const CODE = `export default "${SECRET}";`;

/** A project whose packages and neighbours hold secrets. */
async function tempting(server: string): Promise<Project> {
  const files = await project({
    "outside/secret.ts": CODE,
    "outside/secret.js": CODE,
    "project/package.json": JSON.stringify({
      type: "module",
      dependencies: { used: "*", unused: "*" },
    }),
    "project/.env": SECRET,
    "project/secret.txt": SECRET,
    "project/data.json": JSON.stringify(SECRET),
    "project/fake.wasm": SECRET,
    "project/main.ts":
      `import { one } from "used"; import two from "used/two"; export const main = () => [one, two];
export const lazy = () => import("used/lazy");`,
    "project/note.ts":
      `import "${server}/never.ts"; import "npm:never-heard-of@1.0.0";`,
    ...Object.fromEntries(
      Object.entries({
        ...packageFiles("used", {
          type: "module",
          exports: { ".": "./index.js", "./*": "./*.js" },
        }, {
          "index.js": `export { one } from "./shared.js";`,
          "shared.js": "export const one = 1;",
          "two.js":
            `import { one } from "./shared.js"; export default one + 1;`,
          "lazy.js": "export default 3;",
          "secret.js": CODE,
          ".env": SECRET,
        }),
        ...packageFiles("unused", { main: "index.js" }, { "index.js": CODE }),
      }).map(([name, text]) => [`project/${name}`, text]),
    ),
  });
  const dir = `${files.dir}/project`;
  await Deno.symlink("../../outside", `${dir}/node_modules/linked`);
  await Deno.symlink(
    "../../../outside/secret.js",
    `${dir}/node_modules/used/link.js`,
  );
  await Deno.symlink("../outside/secret.js", `${dir}/link.wasm`);
  return files;
}

/** Everything that is asked for, by whom. */
function wishes(dir: string, server: string): [string, string][] {
  const root = `${dir}/project`;
  const host = new URL(server).host;
  const fromModule = [
    "unused",
    "npm:unused",
    "npm:/unused@1.0.0",
    "npm:left-pad@1.3.0",
    "npm:used/secret.js",
    "npm:used/../../../outside/secret.js",
    "npm:../../outside/secret.js",
    "npm:%2e%2e/%2e%2e/outside",
    "used/secret",
    "used/link",
    "used/.env",
    "used/package.json",
    "used/../unused/index.js",
    "used/%2e%2e/unused/index.js",
    "used%2fsecret",
    "used/two#type=text ",
    "./node_modules/used/secret.js",
    "./node_modules/used/link.js",
    "./node_modules/unused/index.js",
    "./node_modules/linked/secret.js",
    "./node_modules/used/.env#type=text",
    "./%6eode_modules/unused/index.js",
    "./node%5fmodules/unused/index.js",
    `tongs://${root}/node_modules/unused/index.js`,
    `file://${root}/node_modules/used/secret.js`,
    "jsr:@std/assert",
    "jsr:@std/../../etc/passwd",
    `${server}/x.ts`,
    `${server}/x.ts#type=text`,
    `tongs:///!http/${host}/x.ts`,
    "https://localhost/x.ts",
    "tongs:///!https/deno.land/x.ts",
    "http://169.254.169.254/latest/meta-data.ts",
    "tongs:///!http/169.254.169.254/latest/meta-data.ts",
    "tongs:///!npm/../../etc/passwd",
    "tongs:///!npm/%2e%2e/%2e%2e/etc/passwd",
    "tongs:///!npm//etc/passwd.js",
    "tongs:///!!/../etc/passwd",
    "tongs:///!!etc/passwd.ts",
    "tongs:///!code/0123456789abcdef",
    "tongs:///!nothing/x.ts",
    "bundle:///0123/m0.js",
    "bundle:///../etc/passwd",
    "./.env#type=text",
    "./.env#type=bytes",
    "./secret.txt#type=text",
    "./data.json#type=json",
    "./data.json",
    `tongs://${root}/.env#type=text`,
    `tongs://${root}/secret.txt#type=bytes`,
    `tongs://${dir}/outside/secret.ts#type=text`,
    "../outside/secret.ts#type=bytes",
    "%2e%2e/outside/secret.ts",
    "./%2e%2e/outside/secret.ts",
    "./%252e%252e/outside/secret.ts",
    "..%2foutside%2fsecret.ts",
    "./..%252foutside/secret.ts",
    "./fake.wasm",
    "./link.wasm",
    "./note.ts",
  ];
  const fromPart = [
    "used/secret",
    "unused",
    "npm:unused",
    "./m9.js",
    "./chunk-AAAAAAAA.js",
    "./m0.js#type=text",
    "../0123/m0.js",
    "./../../../etc/passwd",
    "./%2e%2e/%2e%2e/etc/passwd",
    "/etc/passwd",
    "file:///etc/passwd",
    `file://${root}/main.ts`,
    `tongs://${root}/.env`,
    `${root}/node_modules/unused/index.js`,
    `${server}/x.js`,
  ];
  const others = [
    ["./public.ts", `tongs://${root}/node_modules/used/index.js`],
    ["./secret.js", `tongs://${root}/node_modules/used/index.js`],
    ["./x.ts", `tongs:///!http/${host}/lib.ts`],
    ["./m0.js", "tongs:///!npm/0123/m1.js"],
  ] as [string, string][];
  return [
    ...fromModule.map((name): [string, string] => [name, "/main.ts"]),
    ...fromPart.map((name): [string, string] => [name, "!npm/"]),
    ...others,
  ];
}

/** Somebody who must never be asked. */
function listener() {
  const asked: string[] = [];
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    (request) => {
      asked.push(request.url);
      return new Response(CODE, {
        headers: { "content-type": "application/typescript" },
      });
    },
  );
  return {
    asked,
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

Deno.test("an agent that asks for packages, URLs and files that no module imports gets nothing, and nobody is asked", async () => {
  await using server = listener();
  await using files = await tempting(server.url);
  const main = exported<() => unknown>(
    new URL("project/main.ts", `file://${files.dir}/`),
    "main",
  );
  const log = recorder();
  const wanted = wishes(files.dir, server.url);
  await using hostile = new Hostile(
    "needs",
    log,
    JSON.stringify([
      ["used/lazy", "/main.ts"],
      ["used", "/main.ts"],
      ["fs", "!npm/"],
      ...wanted,
    ]),
  );
  const reply = await hostile.call(main) as {
    records: { url: string; source: string }[];
    answers: { url?: string; error?: string }[];
    asked: string[];
  };
  const [lazy, used, builtin, ...refused] = reply.answers;
  assert(lazy!.url!.startsWith("tongs:///!npm/"), lazy!.error);
  assert(used!.url!.startsWith("tongs:///!npm/"), used!.error);
  assertEquals(builtin, { url: "node:fs" });
  // Nothing but the bundle of what the project imports.
  assert(reply.records.every(({ url }) => url.startsWith("tongs:///!npm/")));
  assertEquals(reply.records.length, 3);
  assert(!JSON.stringify(reply).includes(SECRET));
  for (const [i, answer] of refused.entries()) {
    const asked = JSON.stringify(wanted[i] ?? reply.asked[i + 3]);
    assertEquals(answer.url, undefined, asked);
    assert(!/root:/.test(answer.error!), asked);
  }
  assertEquals(server.asked, []);
  assertStringIncludes(log.texts("warn").join("\n"), "npm:unused");
});

Deno.test("a module that only the far side asks for downloads nothing", async () => {
  await using server = listener();
  await using files = await program(
    `show(await here.call(lib.fine)); for (const name of ["a", "b", "c"]) show(await failure(here.call(lib.main, "./" + name + ".ts")));`,
    {
      "deno.json": "{}",
      "lib.ts":
        `export const fine = () => 1; export const main = async (name: string) => (await import(name)).default;`,
      "a.ts": `import "npm:never-heard-of@1.0.0"; export default 1;`,
      "b.ts": `import value from "${server.url}/x.ts"; export default value;`,
      "c.ts": `import "jsr:@never/heard-of@1"; export default 1;`,
    },
  );
  const [fine, ...errors] = await run(files, {
    DENO_DIR: `${files.dir}/deno`,
    NPM_CONFIG_REGISTRY: server.url,
    JSR_URL: `${server.url}/`,
  });
  assertEquals(fine, 1);
  for (const error of errors) assertStringIncludes(error, "Cannot");
  assertEquals(errors.length, 3);
  assertEquals(server.asked, []);
});

Deno.test("what only the controller's own program imports is nothing that a far side gets, by no name", async () => {
  await using server = listener();
  await using files = await project({
    "package.json": JSON.stringify({
      type: "module",
      dependencies: { used: "*", own: "*" },
    }),
    "main.ts": `import { own } from "own";
import { one } from "used";
import "own/second";
import network from "${server.url}/own.ts";
import { Hostile } from "${
      new URL("support/hostile.ts", import.meta.url).href
    }";
import * as lib from "./lib.ts";
if (own === undefined || network === undefined) throw new Error("It is not here");
const wishes = [["used/lazy", "/lib.ts"], ["./late.ts", "/lib.ts"], ...["/lib.ts", "!npm/", import.meta.url.replace("file:", "tongs:")].flatMap((from) => [
  "own", "own/second", "npm:own", "npm:/own@1.0.0", "./node_modules/own/index.js",
  "${server.url}/own.ts", "tongs:///!${
      server.url.replace("://", "/")
    }/own.ts", "../own.ts", "./own.ts",
  ...[0, 1, 2, 3, 4, 5].flatMap((i) => ["./m" + i + ".js", "./m" + i + ".js#type=text"]),
].map((name) => [name, from]))];
async function ask(fn) {
  await using hostile = new Hostile("needs", {}, JSON.stringify(wishes));
  const { answers, records, asked } = await hostile.call(fn);
  console.log(JSON.stringify({ answers, records, asked }));
}
await ask(lib.main);
const value = 1;
wishes.unshift(["used/two", import.meta.url.replace("file:", "tongs:")]);
await ask(async () => [value, one, await import("used/two")]);`,
    "lib.ts": `import { one } from "used"; export const main = () => one;
export const later = (name?: string) => [import("used/lazy"), import("./late.ts"), import(name!)];`,
    "late.ts": `export default "late";`,
    ...packageFiles("used", {
      type: "module",
      exports: { ".": "./index.js", "./*": "./*.js" },
    }, {
      "index.js": "export const one = 1;",
      "two.js": "export default 2;",
      "lazy.js": "export default 3;",
    }),
    ...packageFiles("own", {
      type: "module",
      exports: { ".": "./index.js", "./*": "./*.js" },
    }, {
      "index.js": `export const own = "${SECRET}";`,
      "second.js": `globalThis.second = "${SECRET}";`,
    }),
  });
  const results = await run(files, {
    DENO_DIR: await ownDenoDir(files),
    DENO_NO_UPDATE_CHECK: "1",
  });
  assert(!JSON.stringify(results).includes(SECRET));
  const [byName, byValue] = results.map(({ answers, records, asked }) => ({
    asked: (answers as { url?: string }[]).flatMap(({ url }, i) =>
      url === undefined ? [] : [asked[i] as string]
    ),
    records: records.length as number,
  }));
  const [lazy, late, ...parts] = byName!.asked;
  assertEquals([lazy, late], ["used/lazy", "./late.ts"]);
  assertEquals(byName!.records, 2);
  const [two, ...others] = byValue!.asked;
  assertEquals(two, "used/two");
  assertEquals(byValue!.records, 1);
  // A part that was sent may be asked for by its own name, too.
  for (const name of [...parts, ...others]) assertMatch(name, /^\.\/m\d\.js$/);
});

Deno.test("what a far side asked for in vain is there when the controller wants it itself", async () => {
  await using server = listener();
  await using files = await program(
    `import { exported } from ${JSON.stringify(MOD)};
show(await failure(here.call(lib.main, "./b.ts")));
show(await here.call(exported(new URL("b.ts", import.meta.url), "value")));`,
    {
      "deno.json": "{}",
      "lib.ts":
        `export const main = async (name: string) => (await import(name)).value();`,
      "b.ts":
        `import text from "${server.url}/x.ts"; export const value = () => text;`,
    },
  );
  const [error, value] = await run(files, { DENO_DIR: `${files.dir}/deno` });
  assertStringIncludes(error, "Cannot");
  assertEquals(value, SECRET);
  assertEquals(server.asked, [`${server.url}/x.ts`]);
});

// Modules that came over the network, and WebAssembly: they arrive from the controller's cache, at
// addresses that say where they came from.

import { assertEquals, assertStringIncludes } from "@std/assert";
import { fromForwarded, toForwarded } from "../modules/urls.ts";
import { program, run } from "./support/packages.ts";

interface Served {
  type: string;
  text: string;
}

/** A web server, which is also as much of a JSR registry as Deno asks for. */
async function serve(files: Record<string, Served>) {
  const asked: string[] = [];
  const redirects: Record<string, string> = { "/old.ts": "/lib/mod.ts" };
  const code = "export const greet = (name: string): string => `hi ${name}`;";
  const hash = new Uint8Array(
    await crypto.subtle.digest("SHA-256", new TextEncoder().encode(code)),
  ).toHex();
  const json = (value: unknown) => ({
    type: "application/json",
    text: JSON.stringify(value),
  });
  const all: Record<string, Served> = {
    "/@test/greet/meta.json": json({
      scope: "test",
      name: "greet",
      latest: "1.2.0",
      versions: { "1.2.0": {} },
    }),
    "/@test/greet/1.2.0_meta.json": json({
      manifest: {
        "/src/mod.ts": { size: code.length, checksum: `sha256-${hash}` },
      },
      exports: { ".": "./src/mod.ts" },
    }),
    "/@test/greet/1.2.0/src/mod.ts": {
      type: "application/typescript",
      text: code,
    },
    ...files,
  };
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    (request) => {
      const { pathname } = new URL(request.url);
      asked.push(pathname);
      const target = redirects[pathname];
      if (target !== undefined) {
        return Response.redirect(new URL(target, request.url));
      }
      const file = all[pathname];
      return file === undefined
        ? new Response("", { status: 404 })
        : new Response(file.text, { headers: { "content-type": file.type } });
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    asked,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

const TYPESCRIPT = "application/typescript";
const FILES: Record<string, Served> = {
  "/lib/mod.ts": {
    type: TYPESCRIPT,
    text:
      `import { base } from "../base.js"; import data from "./data.json" with { type: "json" };
import text from "/note.txt" with { type: "text" };
export enum Level { Low = 1 }
export const all = () => [base, data, text, Level.Low];
export function fail(): never {
  const error: Error = new RangeError("from afar"); throw error;
}
export const lazy = async () => (await import("../lazy.ts")).default;
export const any = async (name: string) => (await import(name)).default;`,
  },
  "/base.js": { type: "text/javascript", text: `export const base = "base";` },
  "/lib/data.json": { type: "application/json", text: `{"a": 1}` },
  "/note.txt": { type: "text/plain", text: "note\n" },
  "/lazy.ts": {
    type: TYPESCRIPT,
    text: `const lazy: string = "lazy"; export default lazy;`,
  },
  "/unnamed": { type: TYPESCRIPT, text: `export const n: number = 7;` },
  "/secret.ts": { type: TYPESCRIPT, text: `export default "secret";` },
};

Deno.test("modules of the network and of JSR arrive from the cache, redirected and mapped as they are", async () => {
  await using server = await serve(FILES);
  await using files = await program(
    `show(await lib.main()); show(await here.call(lib.main)); show(await failure(here.call(lib.fail)));
show(await failure(here.call(lib.any, "${server.url}/secret.ts")));
show(await failure(here.call(lib.any, "./../secret.ts")));
show(await here.call(lib.direct));`,
    {
      "deno.json": JSON.stringify({
        imports: { "far/": `${server.url}/`, "greet": "jsr:@test/greet@1" },
        unstable: ["raw-imports"],
      }),
      "lib.ts":
        `import { all, any, fail, lazy } from "${server.url}/old.ts"; import { n } from "far/unnamed";
import { greet } from "greet"; import { greet as again } from "jsr:@test/greet@^1.0.0";
import bytes from "far/note.txt" with { type: "bytes" };
export { all as direct, any, fail };
export const main = async () => [all(), n, greet("x"), greet === again, await lazy(), [...bytes]];`,
    },
  );
  const env = {
    JSR_URL: `${server.url}/`,
    DENO_DIR: `${files.dir}/deno`,
  };
  const [expected, result, stack, computed, relative, direct] = await run(
    files,
    env,
  );
  assertEquals(result, expected);
  assertEquals(result[2], "hi x");
  assertEquals(direct, result[0]);
  assertStringIncludes(stack, `at fail (${server.url}/lib/mod.ts:6:24)`);
  for (const error of [computed, relative]) {
    assertStringIncludes(error, "there is no such module");
  }
  assertEquals(server.asked.includes("/secret.ts"), false);
  // The far side causes no request at all.
  const { length } = server.asked;
  await run(files, env);
  assertEquals(server.asked.length, length);
});

Deno.test("addresses of modules lead back to where they came from", () => {
  for (
    const url of [
      "file:///a/b%20c.ts",
      "file:///!npm/x.js",
      "file:///!!/x.js",
      "file:///!https/host/x.js",
      "https://host:8080/a/b.ts?c=d(e)",
      "http://[::1]:80/a'b.ts",
      "bundle:///0123/m0.js",
      "file:///a.txt#type=text",
    ]
  ) {
    assertEquals(fromForwarded(toForwarded(url)), url);
    assertEquals(toForwarded(url).startsWith("tongs:///"), true);
  }
});

/** `(func (export "add") (param i32 i32) (result i32) …)` */
const ADD = "AGFzbQEAAAABBwFgAn9/AX8DAgEABwcBA2FkZAAACgkBBwAgACABags=";
/** `(import "./dep.js" "addOne" (func …)) (func (export "callImport") …)` */
const CALC =
  "AGFzbQEAAAABBgFgAX8BfwITAQguL2RlcC5qcwZhZGRPbmUAAAMCAQAHDgEKY2FsbEltcG9ydAABCggBBgAgABAACw==";

Deno.test("WebAssembly modules arrive, with what they import", async () => {
  const bytes = (base64: string) => Uint8Array.fromBase64(base64);
  await using files = await program(
    `show(await lib.main()); show(await here.call(lib.main)); show(await failure(here.call(lib.broken)));`,
    {
      "deno.json": "{}",
      "lib.ts": `import { add } from "./add.wasm";
import * as calc from "./calc.wasm";
export const main = async () => [add(1, 2), calc.callImport(4), Object.keys(calc), (await import("./add.wasm")).add === add];
export const broken = async () => await import("./bro" + "ken.wasm");`,
      "dep.js": "export const addOne = (n) => n + 1;",
      "broken.wasm": "\0asm nothing",
    },
  );
  await Deno.writeFile(`${files.dir}/add.wasm`, bytes(ADD));
  await Deno.writeFile(`${files.dir}/calc.wasm`, bytes(CALC));
  const [expected, result, broken] = await run(files);
  assertEquals(result, expected);
  assertEquals(result, [3, 5, ["callImport"], true]);
  assertStringIncludes(broken, "is not valid WebAssembly");
});

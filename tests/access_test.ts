// What a far side may have of the controller's files: modules of the project, and nothing else,
// whatever it asks for. What it may not have is answered as not found, and said in the log.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { exported, Local } from "../mod.ts";
import { Hostile } from "./support/hostile.ts";
import {
  type Project,
  project,
  recorder,
  rejection,
} from "./support/tunnels.ts";

const SECRET = "the secret of the controller";

/** A project beside secrets, with links that lead to them. */
async function tempting(): Promise<Project> {
  const files = await project({
    ".env": SECRET,
    "outside/secret.ts": `export default "${SECRET}"`,
    "outside/.env": SECRET,
    "project/deno.json": "{}",
    "project/.env": SECRET,
    "project/README.md": SECRET,
    "project/data.json": JSON.stringify(SECRET),
    "project/env.tsx.txt": SECRET,
    "project/src/main.ts":
      "export const main = async (name: string) => (await import(name)).default;",
    "project/src/public.ts": 'export default "public";',
    "project/folder.ts/.env": SECRET,
  });
  const links = {
    "link.ts": "../outside/secret.ts",
    "env.ts": ".env",
    "env2.ts": "../.env",
    "folder": "../outside",
    "loop.ts": "loop.ts",
    "passwd.ts": "/etc/passwd",
    "proc.ts": "/proc/self/environ",
    "zero.ts": "/dev/zero",
  };
  for (const [name, target] of Object.entries(links)) {
    await Deno.symlink(target, `${files.dir}/project/${name}`);
  }
  return files;
}

function forbidden(dir: string): string[] {
  const root = `${dir}/project`;
  return [
    "/etc/passwd",
    "file:///etc/passwd",
    "tongs:///etc/passwd",
    "../../../../../../etc/passwd",
    "../../.env",
    "../.env",
    "../.env?x.ts",
    "../.env#x.ts",
    "../.env#.ts",
    "../.env%00.ts",
    "../.env\0.ts",
    "../README.md",
    "../data.json",
    "../data.json json",
    "../data.json text",
    "../env.tsx.txt",
    "../link.ts",
    "../env.ts",
    "../env2.ts",
    "../folder/secret.ts",
    "../folder/secret.ts?a",
    "../loop.ts",
    "../passwd.ts",
    "../proc.ts",
    "../zero.ts",
    "../folder.ts",
    "../folder.ts/",
    "../missing.ts",
    "..",
    ".",
    "./",
    "../../outside/secret.ts",
    "..%2f..%2foutside/secret.ts",
    "%2e%2e/%2e%2e/outside/secret.ts",
    "./%2e%2e/%2E%2E/outside/secret.ts",
    "..\\..\\outside\\secret.ts",
    "....//....//outside/secret.ts",
    "/..//../etc/passwd",
    `${dir}/outside/secret.ts`,
    `file://${dir}/outside/secret.ts`,
    `tongs://${dir}/outside/secret.ts`,
    `file:${dir}/outside/secret.ts`,
    `FILE://${dir}/outside/secret.ts`,
    `file://localhost${dir}/outside/secret.ts`,
    `file://otherhost${root}/src/public.ts`,
    `tongs://otherhost${root}/src/public.ts`,
    `file:///%2e%2e${dir}/outside/secret.ts`,
    `tongs:../../outside/secret.ts`,
    `file:../../outside/secret.ts`,
    `${root}/../outside/secret.ts`,
    `tongs://${root}/link.ts`,
    `tongs://${root}/.env text`,
    `tongs://${root}/.env`,
    "https://127.0.0.1:1/x.ts",
    "http://[::1]:1/x.ts",
    "npm:left-pad",
    "jsr:@std/assert",
    "data.json",
    "ext:core/ops",
    "node-internal:x",
    "",
    " ",
    "\n",
    "\x1b[2J",
    "\ud800",
    "a".repeat(10_000),
    "/".repeat(10_000),
    "../".repeat(5000) + "etc/passwd",
  ];
}

Deno.test("an agent that asks for what is no module of the project gets nothing, and that is logged with its host", async () => {
  await using files = await tempting();
  const main = exported<(name: string) => unknown>(
    files.url("project/src/main.ts"),
    "main",
  );
  const log = recorder();
  const wanted = forbidden(files.dir);
  await using hostile = new Hostile(
    "needs",
    log,
    JSON.stringify(["./public.ts", ...wanted]),
  );
  const reply = await hostile.call(main, "") as {
    records: { url: string; source: string }[];
    answers: { url?: string; error?: string }[];
    asked: string[];
  };
  assertEquals(reply.records.map(({ url }) => url), [
    `tongs://${files.dir}/project/src/public.ts`,
  ]);
  assert(!JSON.stringify(reply).includes(SECRET));
  assertEquals(reply.answers.length, reply.asked.length);
  assert(reply.answers.shift()!.url !== undefined);
  for (const [i, { url, error }] of reply.answers.entries()) {
    const asked = JSON.stringify(reply.asked[i + 1]!.slice(0, 100));
    assertEquals(url, undefined, asked);
    assert(error !== undefined && !error.includes("root:"), asked);
  }
  const warnings = log.records.filter(({ level, host }) =>
    level === "warn" && host === "hostile"
  );
  for (
    const asked of [
      "/etc/passwd",
      "../../.env",
      "../link.ts",
      "../data.json",
      "../folder/secret.ts",
      "./public.ts",
    ]
  ) {
    assert(
      warnings.some(({ text }) =>
        text.includes(`"hostile"`) && text.includes(`"${asked}"`)
      ),
      `Nothing in the log about ${asked}`,
    );
  }
});

Deno.test("a computed import of what is no module of the project fails, and the tunnel lives", async () => {
  await using files = await tempting();
  const main = exported<(name: string) => unknown>(
    files.url("project/src/main.ts"),
    "main",
  );
  const log = recorder();
  await using here = new Local("here", log);
  for (
    const name of [
      "../.env",
      "../data.json",
      "../link.ts",
      "../env.ts",
      "../folder/secret.ts",
      "/etc/passwd",
      "../../outside/secret.ts",
      "../missing.ts",
    ]
  ) {
    const error = await rejection(here.call(main, name));
    assertStringIncludes(error.message, `Cannot find module "${name}"`);
    assertStringIncludes(error.message, "there is no such module");
    assertStringIncludes(
      (await log.wait(`"${name}"`)).text,
      `Refused a request of "here"`,
    );
  }
  assertEquals(await here.call(main, "./public.ts"), "public");
  assertEquals(await here.call(main, "./public.ts?again"), "public");
});

Deno.test("what was called decides which projects are open, for each tunnel by itself", async () => {
  await using one = await tempting();
  await using two = await tempting();
  const [first, second] = [one, two].map((files) =>
    exported<(name: string) => unknown>(
      files.url("project/src/main.ts"),
      "main",
    )
  );
  const other = two.url("project/src/public.ts");
  await using here = new Local("here", { onLog: () => {} });
  await using there = new Local("there", { onLog: () => {} });
  assertEquals(await there.call(second!, other), "public");
  assertStringIncludes(
    (await rejection(here.call(first!, other))).message,
    "no such module",
  );
  assertEquals(await here.call(second!, other), "public");
});

Deno.test("a module in a folder without a project opens that folder, not what is above it", async () => {
  await using files = await project({
    "secret.ts": `export default "${SECRET}"`,
    "src/main.ts":
      "export const main = async (name: string) => (await import(name)).default;",
    "src/sub/public.ts": "export default 1;",
  });
  const main = exported<(name: string) => unknown>(
    files.url("src/main.ts"),
    "main",
  );
  await using here = new Local("here", { onLog: () => {} });
  assertEquals(await here.call(main, "./sub/public.ts"), 1);
  assertStringIncludes(
    (await rejection(here.call(main, "../secret.ts"))).message,
    "no such module",
  );
});

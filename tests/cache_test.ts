// Bundles that are kept between runs are run again, so that nobody else may have written them, they
// are whole, and they are what a new bundle would be.

import { assert, assertEquals } from "@std/assert";
import { bundles, packageFiles, program, run } from "./support/packages.ts";
import type { Project } from "./support/tunnels.ts";

/** A program that calls something of a package, which has another package. */
function calling(): Promise<Project> {
  return program(`show(await here.call(lib.main));`, {
    "package.json": JSON.stringify({ dependencies: { top: "*", inner: "*" } }),
    "lib.ts": `import { value } from "top"; export const main = () => value();`,
    ...packageFiles("top", { type: "module", main: "index.js" }, {
      "index.js":
        `import inner from "inner"; export const value = () => inner;`,
    }),
    ...packageFiles("inner", { type: "module", main: "index.js" }, {
      "index.js": `export default "genuine";`,
    }),
  });
}

async function kept({ dir }: Project): Promise<string> {
  for await (const { name } of Deno.readDir(`${dir}/cache/tongs`)) {
    return `${dir}/cache/tongs/${name}`;
  }
  throw new Error("No bundle was kept");
}

/** Changes the code in a bundle as who knows the format would. */
async function forge(path: string): Promise<void> {
  const bytes = await Deno.readFile(path);
  const text = new TextDecoder("latin1").decode(bytes);
  const forged = new TextEncoder().encode("forgery");
  let count = 0;
  for (
    let at = text.indexOf("genuine");
    at >= 0;
    at = text.indexOf("genuine", at + 1), count++
  ) bytes.set(forged, at);
  assert(count > 0);
  const rest = new Uint8Array([...bytes.subarray(0, 4), ...bytes.subarray(36)]);
  bytes.set(new Uint8Array(await crypto.subtle.digest("SHA-256", rest)), 4);
  await Deno.writeFile(path, bytes);
}

Deno.test("a bundle is used again as long as nobody else can have written it", async (t) => {
  await using files = await calling();
  const cache = `${files.dir}/cache/tongs`;
  assertEquals(await run(files), ["genuine"]);
  await forge(await kept(files));
  // So that what follows would find it.
  assertEquals(await run(files), ["forgery"]);

  await t.step("in a folder that others can write to", async () => {
    for (const mode of [0o702, 0o720, 0o777]) {
      await Deno.chmod(cache, mode);
      const before = await bundles(files);
      assertEquals(await run(files), ["genuine"]);
      assertEquals(await bundles(files), before);
    }
    await Deno.chmod(cache, 0o700);
    assertEquals(await run(files), ["forgery"]);
  });

  await t.step("in a folder behind a link", async () => {
    await Deno.rename(cache, `${files.dir}/elsewhere`);
    await Deno.symlink(`${files.dir}/elsewhere`, cache);
    assertEquals(await run(files), ["genuine"]);
    await Deno.remove(cache);
    await Deno.rename(`${files.dir}/elsewhere`, cache);
    assertEquals(await run(files), ["forgery"]);
  });

  const isRoot = Deno.uid() === 0;
  await t.step({
    // Nobody else can give files away.
    name: "by another user",
    ignore: !isRoot,
    async fn() {
      await Deno.chown(cache, 65534, 65534);
      assertEquals(await run(files), ["genuine"]);
      await Deno.chown(cache, 0, 0);
      const path = await kept(files);
      await Deno.chown(path, 65534, 65534);
      assertEquals(await run(files), ["genuine"]);
      // It was replaced.
      assertEquals((await Deno.stat(path)).uid, 0);
      assertEquals(await run(files), ["genuine"]);
    },
  });

  await t.step(
    "in a file that others can write to, or behind a link",
    async () => {
      const path = await kept(files);
      if (isRoot) await forge(path);
      await Deno.chmod(path, 0o602);
      assertEquals(await run(files), ["genuine"]);
      await forge(path);
      await Deno.rename(path, `${files.dir}/bundle`);
      await Deno.symlink(`${files.dir}/bundle`, path);
      assertEquals(await run(files), ["genuine"]);
      assert((await Deno.lstat(path)).isFile);
    },
  );
});

Deno.test("a bundle in which any byte is another one is made anew", async () => {
  await using files = await calling();
  assertEquals(await run(files), ["genuine"]);
  const path = await kept(files);
  const { size } = await Deno.stat(path);
  const text = new TextDecoder("latin1").decode(await Deno.readFile(path));
  for (const at of [2, 10, 50, text.indexOf("genuine"), size - 1]) {
    const bytes = await Deno.readFile(path);
    bytes[at]! ^= 1;
    await Deno.writeFile(path, bytes);
    const { ino } = await Deno.stat(path);
    assertEquals(await run(files), ["genuine"]);
    assert((await Deno.stat(path)).ino !== ino, `byte ${at}`);
  }
});

Deno.test("an install that puts a package into another one is seen", async () => {
  await using files = await calling();
  assertEquals(await run(files), ["genuine"]);
  const nested = `${files.dir}/node_modules/top/node_modules/inner`;
  await Deno.mkdir(nested, { recursive: true });
  await Deno.writeTextFile(
    `${nested}/package.json`,
    JSON.stringify({ name: "inner", version: "1.0.0", type: "module" }),
  );
  await Deno.writeTextFile(`${nested}/index.js`, `export default "nested";`);
  assertEquals(await run(files), ["nested"]);
  const before = await bundles(files);
  assertEquals(await run(files), ["nested"]);
  assertEquals(await bundles(files), before);
});

Deno.test("a file of the same size and time that takes the place of another one is seen, and so is an install", async () => {
  await using files = await calling();
  assertEquals(await run(files), ["genuine"]);
  const path = `${files.dir}/node_modules/inner/index.js`;
  const { atime, mtime } = await Deno.stat(path);
  await Deno.writeTextFile(`${path}.new`, `export default "another";`);
  await Deno.utime(`${path}.new`, atime!, mtime!);
  await Deno.rename(`${path}.new`, path);
  assertEquals(await run(files), ["another"]);
  const [before] = await bundles(files);
  await Deno.writeTextFile(
    `${files.dir}/node_modules/.package-lock.json`,
    "{}",
  );
  assertEquals(await run(files), ["another"]);
  const [after] = await bundles(files);
  assert(after !== before);
});

// What README and the guides show is run here, each block as a script of its own, as a reader would run it. The
// types are checked where the same blocks are documentation tests, but for those that are marked as
// no such test: such a test is in no file, so that what it imports cannot be looked up.

import { assert, assertEquals } from "@std/assert";
import { project, runScript } from "./support/tunnels.ts";

const ROOT = new URL("../", import.meta.url);
const GUIDES = new URL("docs/guide/", ROOT);

/** The settings of a project that uses tongs. */
async function settings(): Promise<string> {
  const { imports } = JSON.parse(
    await Deno.readTextFile(new URL("deno.json", ROOT)),
  );
  for (const name of ["tongs", "tongs/facts"]) {
    imports[name] = new URL(imports[name], ROOT).href;
  }
  return JSON.stringify({ imports });
}

/** The TypeScript of a guide, by the heading above it. */
function blocksOf(text: string): [heading: string, source: string][] {
  let heading = "";
  return [...text.matchAll(/^#+ ([^\n]*)$|^```ts(?: ignore)?\n(.*?)^```$/gms)]
    .flatMap(
      ([, title, source]) => {
        if (source !== undefined) return [[heading, source]];
        heading = title!;
        return [];
      },
    );
}

const guides = [...Deno.readDirSync(GUIDES)]
  .filter(({ name }) => name.endsWith(".md")) // There are pictures too.
  .map(({ name }) => `docs/guide/${name}`);
for (const name of ["README.md", ...guides]) {
  const text = Deno.readTextFileSync(new URL(name, ROOT));
  const blocks = blocksOf(text);

  Deno.test(`${name}: there are examples, and no block is of another kind`, () => {
    const fences = text.match(/^```(?!sh)\w+/gm) ?? [];
    assert(blocks.length > 0);
    assertEquals(fences, blocks.map(() => "```ts"));
  });

  for (const [i, [heading, source]] of blocks.entries()) {
    Deno.test(`${name}: example ${i + 1}, "${heading}"`, async () => {
      await using files = await project({
        "deno.json": await settings(),
        "main.ts": source,
      });
      const { code, stderr } = await runScript(files, "main.ts");
      assertEquals(code, 0, stderr);
      // Nor do they warn, or print an error that nobody caught.
      assertEquals(stderr, "");
    });
  }
}

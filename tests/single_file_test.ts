// A script in one file, run in every way that there is.

import { assertEquals } from "@std/assert";
import { programs, type Ran } from "./support/program.ts";

const SCRIPT = new URL("./testdata/single_file.ts", import.meta.url);

/** Where a text stands in the script. */
async function placeOf(text: string): Promise<string> {
  const lines = (await Deno.readTextFile(SCRIPT)).split("\n");
  const line = lines.findIndex((line) => line.includes(text));
  return `${SCRIPT.href}:${line + 1}:${lines[line]!.indexOf(text) + 1}`;
}

async function check({ code, stdout, stderr }: Ran): Promise<void> {
  assertEquals(stderr, "");
  assertEquals(code, 0);
  const [, ...lines] = stdout.trim().split("\n");
  assertEquals(stdout.split("\n")[0], "top level");
  assertEquals(lines, [
    "a Low in round 1 0,1,0",
    "b Low in round 2 0,1,1",
    "c High in round 3 0,2,2",
    "RangeError: 9 is too much",
    `    at fail (${await placeOf("new RangeError")})`,
    `    at ${await placeOf("fail(9)")}`,
    "true 3 0",
  ]);
}

Deno.test("a single file calls its own functions on three hosts with deno run", async () => {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", SCRIPT.pathname, "1"],
    env: { NO_COLOR: "1" },
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) =>
    new TextDecoder().decode(bytes)
  );
  await check({ code, stdout: out!, stderr: err! });
});

for (const { name, run } of programs) {
  Deno.test(`a single file calls its own functions on three hosts with tongs run of ${name}`, async () => {
    await check(await run(["run", SCRIPT.pathname, "1"]));
  });
}

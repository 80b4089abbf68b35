// What is done with the files of a process that ends, by itself and by the shell that outlives it.

import { assertEquals } from "@std/assert";
import { LastWill } from "../files/last_will.ts";
import { folder } from "./support/files.ts";

Deno.test("files that are held are removed at once on request, and at the end if they were made later", async () => {
  await using dir = await folder();
  const will = new LastWill();
  const names = ["a", "let go of", "b 'c' \"$d\"\n", "later"];
  const [, letGo] = await Promise.all(
    names.map((name) => will.hold(dir.at(name))),
  );
  for (const name of names.slice(0, 3)) {
    await Deno.writeTextFile(dir.at(name), "");
  }
  letGo!();
  will.removeFiles();
  assertEquals(dir.names(), ["let go of"]);
  await Deno.writeTextFile(dir.at("later"), "");
  // In the place of the one that was let go of.
  await will.hold(dir.at("last"));
  await Deno.writeTextFile(dir.at("last"), "");
  await will.end();
  assertEquals(dir.names(), ["let go of"]);
});

// What files cost: how much is read of them, and how much memory they take. Each is measured in a
// program of its own, as a process has one count of each for all tests that run at once.

import { assert, assertEquals } from "@std/assert";
import { digestOf, noise } from "./support/files.ts";
import { MOD, type Project, project, runScript } from "./support/tunnels.ts";

/** Runs a program that prints what it measured, in the directory that its files are in. */
async function measured<T>(files: Project, source: string): Promise<T> {
  await Deno.writeTextFile(`${files.dir}/main.ts`, source);
  const { code, stdout, stderr } = await runScript(files, "main.ts");
  assertEquals([code, stderr], [0, ""]);
  return JSON.parse(stdout);
}

Deno.test("a source that goes to many places is read once, and once more where one comes too late", async () => {
  // What stays of a source is 8 MiB: nobody can fall behind in less, however busy the machine is.
  const [small, large] = [noise(8_000_000), noise(12_000_000)];
  await using files = await project({});
  const { dir } = files;
  await Deno.writeFile(`${dir}/small`, small);
  await Deno.writeFile(`${dir}/large`, large);
  const [group, first, late] = await measured<[number, number, number]>(
    files,
    `
import { Group, Local, SharedSource } from ${JSON.stringify(MOD)};
const cwd = Deno.cwd();
function bytesRead(): number {
  return Number(/^rchar: (\\d+)/m.exec(Deno.readTextFileSync("/proc/self/io"))![1]);
}
async function during(action: () => PromiseLike<unknown>): Promise<number> {
  const before = bytesRead();
  await action();
  return bytesRead() - before;
}
const names = ["a", "b", "c", "d"];
for (const name of names) Deno.mkdirSync(name);
await using group = new Group(
  names.map((name) => new Local(name, { cwd: cwd + "/" + name })),
);
// Whatever is loaded with the first file is.
(await group.put(new Uint8Array(1), "one")).raiseFailures();
const counts = [
  await during(async () => (await group.put("small", "small")).raiseFailures()),
];
const [a] = group;
await using source = await SharedSource.open("large");
counts.push(await during(() => a!.put(source, "large")));
counts.push(await during(() => a!.put(source, "late")));
console.log(JSON.stringify(counts));`,
  );
  const isOnce = (count: number, size: number) =>
    assert(count >= size && count < 1.1 * size, `${count} of ${size} bytes`);
  isOnce(group, small.length);
  isOnce(first, large.length);
  // The last pieces are still there for it.
  isOnce(late, large.length - 128 * 64 * 1024);
  for (const name of ["a", "b", "c", "d"]) {
    assertEquals(
      await digestOf(await Deno.readFile(`${dir}/${name}/small`)),
      await digestOf(small),
    );
  }
  for (const name of ["a/large", "a/late"]) {
    assertEquals(
      await digestOf(await Deno.readFile(`${dir}/${name}`)),
      await digestOf(large),
    );
  }
});

Deno.test("a large file takes no more memory than a small one, on either side and in both directions", async () => {
  await using files = await project({ "small": "x".repeat(1000), "large": "" });
  await Deno.truncate(`${files.dir}/large`, 128 * 2 ** 20); // Sparse.
  const grown = await measured<Record<string, number>>(
    files,
    `
import { Local } from ${JSON.stringify(MOD)};
const cwd = Deno.cwd();
await using here = new Local("here", { cwd });
const { pid } = await here.info();
/** The most memory that a process ever had, in MiB. */
function peak(pid: number): number {
  const status = Deno.readTextFileSync("/proc/" + pid + "/status");
  return Number(/^VmHWM:\\s+(\\d+)/m.exec(status)![1]) / 1024;
}
const grown: Record<string, number> = {};
for (const op of ["put", "fetch"] as const) {
  await here[op](cwd + "/small", cwd + "/copy");
  const before = [peak(Deno.pid), peak(pid)];
  const { size } = await here[op](cwd + "/large", cwd + "/copy");
  if (size !== 128 * 2 ** 20) throw new Error("It is not whole");
  grown[op + " here"] = peak(Deno.pid) - before[0]!;
  grown[op + " there"] = peak(pid) - before[1]!;
}
console.log(JSON.stringify(grown));`,
  );
  for (const [what, mebibytes] of Object.entries(grown)) {
    assert(mebibytes < 64, `${what}: ${mebibytes} MiB`);
  }
});

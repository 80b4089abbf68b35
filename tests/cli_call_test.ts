// `tongs call`: which function is meant and with what, and how its values and errors are shown.

import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { test } from "./support/program.ts";
import { jsonLines, MODULES } from "./support/cli.ts";

test("call takes each argument for JSON, or else for text", async ({ run }) => {
  const args = ["1", "-2", '"3"', "four", '{"five":[true]}', "null"];
  const ran = await run(
    [
      "call",
      "-H",
      "local:",
      "--output",
      "jsonl",
      "functions.ts#list",
      ...args,
      "--",
      "-x",
      "--",
    ],
    { cwd: MODULES },
  );
  assertEquals(jsonLines(ran)[0]!.value, [
    1,
    -2,
    "3",
    "four",
    { five: [true] },
    null,
    "-x",
    "--",
  ]);
});

test("call finds the function when only one can be meant", async ({ run }) => {
  const files = [["one.ts", "42"], ["default.ts", "default"], [
    "again.ts#answer",
    "42",
  ]];
  for (const [file, value] of files) {
    const { stdout, stderr } = await run(["call", "-H", "local:", file!], {
      cwd: MODULES,
    });
    assertEquals({ stdout, stderr }, { stdout: `${value}\n`, stderr: "" });
  }
});

test("call shows the value of one host and no more", async ({ run }) => {
  const { code, stdout, stderr } = await run(
    ["call", "-H", "local:a", `${MODULES}/functions.ts#list`, "1", "x"],
  );
  assertEquals({ code, stdout, stderr }, {
    code: 0,
    stdout: '[ 1, "x" ]\n',
    stderr: "",
  });
});

test("a function that throws is exit status 1, with name, message, place and cause", async ({ run }) => {
  const { code, stdout, stderr } = await run([
    "call",
    "-H",
    "local:",
    "functions.ts#fail",
  ], { cwd: MODULES });
  assertEquals({ code, stdout }, { code: 1, stdout: "" });
  assertStringIncludes(stderr, "tongs: localhost: RangeError: too far\n");
  assertStringIncludes(stderr, `(file://${MODULES}/functions.ts:10:9)\n`);
  assertStringIncludes(stderr, "caused by Error: too fast\n");
  assert(!stderr.includes("/tunnels/"), stderr);
});

test("hosts that fail for the same reason are named together", async ({ run }) => {
  const { stderr } = await run([
    "call",
    "-H",
    "local:a,local:b",
    "functions.ts#fail",
  ], { cwd: MODULES });
  assertStringIncludes(
    stderr,
    "tongs: a, b: RangeError: too far\n  caused by Error: too fast\n",
  );
  assertMatch(stderr, /tongs: 2 hosts: 0 ok, 2 failed \(a, b\) in .*\n$/);
});

test("--output jsonl has a line for each host and one for the run", async ({ run }) => {
  const ran = await run(
    ["call", "-H", "local:a", "--output", "jsonl", "functions.ts#list", "1"],
    { cwd: MODULES },
  );
  assertMatch(
    ran.stdout,
    /^\{"v":1,"type":"result","host":"a","ok":true,"value":\[1\],"ms":\d+\}\n\{"v":1,"type":"summary","ok":1,"failed":0,"timeout":0,"unreachable":0,"ms":\d+\}\n$/,
  );
  assertEquals({ code: ran.code, stderr: ran.stderr }, { code: 0, stderr: "" });
});

test("--output jsonl names errors by their kind", async ({ run }) => {
  const ran = await run(
    [
      "call",
      "-H",
      "local:a,127.0.0.1:1",
      "--output",
      "jsonl",
      "functions.ts#fail",
    ],
    { cwd: MODULES },
  );
  const lines = jsonLines(ran);
  const [a, dead] = ["a", "127.0.0.1:1"].map((host) =>
    lines.find((line) => line.host === host)!
  );
  assertEquals(a!.error, {
    name: "RangeError",
    message: "too far",
    kind: "remote",
  });
  assertEquals((dead!.error as Record<string, string>).kind, "connect");
  const { ms: _, ...summary } = lines.at(-1)!;
  assertEquals(summary, {
    v: 1,
    type: "summary",
    ok: 0,
    failed: 1,
    timeout: 0,
    unreachable: 1,
  });
  assertEquals(ran.code, 4);
});

test("--output jsonl shows values that JSON lacks", async ({ run }) => {
  const ran = await run([
    "call",
    "-H",
    "local:",
    "--output",
    "jsonl",
    "functions.ts#odd",
  ], { cwd: MODULES });
  assertEquals(jsonLines(ran)[0]!.value, {
    big: "18446744073709551616",
    map: { a: 1 },
    pairs: [[1, 2]],
    set: [1],
    date: "1970-01-01T00:00:00.000Z",
    bytes: "AQI=",
    none: null,
    error: { name: "TypeError", message: "e" },
    url: "https://a.example/",
    self: "[Circular]",
  });
});

test("a small value that stands for a huge one is not written out", async ({ run }) => {
  for (const output of [[], ["--output", "jsonl"], ["--output", "table"]]) {
    const { code, stdout } = await run(
      ["call", "-H", "local:", ...output, "functions.ts#shared"],
      { cwd: MODULES },
    );
    assertMatch(stdout, /too large/i);
    assertEquals(code, 0);
  }
});

test("--output table shows the facts of hosts side by side", async ({ run }) => {
  const facts = new URL("../facts.ts", import.meta.url).pathname;
  const { code, stdout } = await run(
    ["call", "-H", "local:a,local:b", "--output", "table", `${facts}#summary`],
  );
  assertMatch(stdout, /^ +a +b\n─+ {2}─+ {2}─+\nhostname +\S/);
  assertMatch(
    stdout,
    /\nmemory +[\d.]+ [KMGT]iB of [\d.]+ [MGT]iB \(\d+%\) +\d/,
  );
  assert(stdout.split("\n").every((line) => line.length <= 100));
  assertEquals(code, 0);
});

// The command line as such: what it is told, what it refuses, and what it says of hosts without calling
// anything.

import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { test } from "./support/program.ts";
import { jsonLines, MODULES } from "./support/cli.ts";

test("--version names versions and platform", async ({ run }) => {
  const { code, stdout, stderr } = await run(["--version"]);
  assertMatch(
    stdout,
    /^tongs \d+\.\d+\.\d+ \(deno \d+\.\d+\.\d+, \w+ \w+\)\n$/,
  );
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
});

test("--help tells about the program and each command", async ({ run }) => {
  for (const command of [[], ["exec"], ["call"], ["ping"], ["hosts"]]) {
    const { code, stdout, stderr } = await run([...command, "--help"]);
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
    assertStringIncludes(stdout, `tongs ${command[0] ?? "call"}`);
    assertStringIncludes(stdout, "Exit status");
    assert(stdout.split("\n").every((line) => line.length <= 80));
  }
});

const WRONG: [string[], string][] = [
  [[], "Usage:"],
  [["cal"], "did you mean call?"],
  [["exce"], "did you mean exec?"],
  [["-H", "local:", "exec"], "the command comes first"],
  [["exec", "-H", "local:", "ls"], "tongs exec -H local: -- ls"],
  [["exec", "-H", "local:"], "there is none"],
  [["exec", "--", "ls"], "name them with -H"],
  [
    ["exec", "-H", "local:", "--outptu", "group", "--", "ls"],
    "did you mean --output?",
  ],
  [["exec", "-H", "local:", "--sudo", "--", "ls"], 'Cannot use "--sudo" yet'],
  [
    ["exec", "-H", "local:", "--output", "xml", "--", "ls"],
    "stream, group, table, jsonl",
  ],
  [["exec", "-H", "local:", "--timeout", "5", "--", "ls"], "--timeout 5s"],
  [["exec", "-H", "-5", "--", "ls"], 'Cannot use "-5" as a host'],
  [
    ["exec", "-H", "local:", "--timeout", "--", "ls"],
    "--timeout without a value",
  ],
  [["exec", "-H", "local:", "-f", "0", "--", "ls"], "must be a number above 0"],
  [["exec", "-H", "local:", "-F", "/no/such", "--", "ls"], '"/no/such"'],
  [["exec", "-H", "web[1-3", "--", "ls"], "a bracket is not closed"],
  [["exec", "-H", "@web", "--", "ls"], "groups of hosts cannot be named yet"],
  [["exec", "-H", "docker:app", "--", "ls"], '"docker:" cannot be reached yet'],
  [
    ["exec", "-H", "ssh://u:secret@h", "--", "ls"],
    "a password does not belong",
  ],
  [["exec", "-H", "local:a,a", "--", "ls"], 'both are named "a"'],
  [["exec", "-H", ",", "--", "ls"], "Cannot find a host"],
  [
    ["exec", "-H", "local:a", "-x", "a", "--", "ls"],
    "all of them are excluded",
  ],
  [["exec", "-H", "-", "--", "ls"], "the list of hosts is empty"],
  [["call", "-H", "local:"], "none is named"],
  [["call", "-H", "local:", "missing.ts"], 'Cannot find the file "missing.ts"'],
  [
    ["call", "-H", "local:", "functions.ts#nothing"],
    "exports LIMIT, list, fail",
  ],
  [["call", "-H", "local:", "functions.ts"], "functions.ts#list"],
  [
    ["call", "-H", "local:", "--frob", "functions.ts#list"],
    "write -- before arguments",
  ],
  [["call", "functions.ts#list"], "name them with -H"],
  [["ping", "web1"], "tongs ping -H web1"],
];

test("a command line that makes no sense is exit status 2, and says what would", async ({ run }) => {
  for (const [args, text] of WRONG) {
    const { code, stdout, stderr } = await run(args, { cwd: MODULES });
    assertStringIncludes(stderr, text);
    assert(!stderr.includes("secret"));
    assertEquals({ args, code, stdout }, { args, code: 2, stdout: "" });
  }
});

test("results that cannot be written are exit status 1", async ({ argv, env }) => {
  const words = (args: string[]) =>
    [...argv, ...args].map((word) => `'${word}'`).join(" ");
  for (
    const args of [
      ["exec", "-H", "local:", "--", "echo", "x"],
      ["exec", "-H", "local:a,local:b", "--", "echo", "x"],
      ["call", "-H", "local:", "--output", "jsonl", "facts.ts#hostname"],
      ["fetch", "-H", "local:", "/etc/passwd", "-"],
      ["hosts", "web[1-3]"],
    ]
  ) {
    const { code, stderr } = await new Deno.Command("sh", {
      args: ["-c", `${words(args)} > /dev/full`],
      cwd: new URL("..", import.meta.url),
      env,
      clearEnv: true,
      stdin: "null",
    }).output();
    const said = new TextDecoder().decode(stderr);
    assertStringIncludes(said, "Cannot write the output: No space left");
    assertEquals(code, 1, said);
  }
});

test("ping tells what is there", async ({ run }) => {
  const { code, stdout } = await run(["ping", "-H", "local:a,local:b"]);
  assertMatch(
    stdout,
    /^host +runtime +platform +user +connect +round trip\n─[─ ]+\na +deno \d\S+ +\w+ \w+ +\S+ +[\d.]+ m?s +[\d.]+ m?s\nb +deno/,
  );
  assertEquals(code, 0);
  const [line] = jsonLines(
    await run(["ping", "-H", "local:", "--output", "jsonl"]),
  );
  const { os, connectMs, roundTripMs } = line!.value as Record<string, unknown>;
  assertEquals(os, Deno.build.os);
  // One after the other, and neither is part of the other.
  const times = [connectMs, roundTripMs, line!.ms] as number[];
  assert(times.every((ms) => ms > 0));
  assert(times[0]! + times[1]! <= times[2]! + 1, times.join());
});

test("hosts lists and counts without connecting", async ({ run }) => {
  const args = ["a,deploy@b:22", "local:c", "-x", "b"];
  const listed = await run(["hosts", ...args]);
  assertEquals(listed, { code: 0, stdout: "a\nlocal:c\n", stderr: "" });
  const counted = await run(["hosts", "--count", "-"], {
    stdin: "a # one\n\n# none\n b\n",
  });
  assertEquals(counted, { code: 0, stdout: "2\n", stderr: "" });
});

test("a host that is named twice is used once, with a warning", async ({ run }) => {
  const { stdout, stderr } = await run([
    "exec",
    "-H",
    "local:a",
    "-Hlocal:a",
    "--",
    "echo hi",
  ]);
  assertEquals(stdout, "hi\n");
  assertEquals(
    stderr,
    'tongs: "local:a" is named more than once and is used once\n',
  );
});

test("-q leaves out logs, warnings and the summary", async ({ run }) => {
  const { code, stderr } = await run(
    ["call", "-q", "-H", "local:a,local:b,local:a", "functions.ts#hostile"],
    { cwd: MODULES },
  );
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
});

test("a reader that has seen enough ends it quietly", async ({ argv, env }) => {
  const { stdout, stderr } = await new Deno.Command("sh", {
    args: [
      "-c",
      '"$@" | head -n 1',
      "sh",
      ...argv,
      "exec",
      "-H",
      "local:a,local:b",
      "--output",
      "stream",
      "--",
      "yes",
    ],
    env,
    clearEnv: true,
    stdin: "null",
  }).output();
  assertMatch(new TextDecoder().decode(stdout), /^[ab] \| y\n$/);
  assertEquals(new TextDecoder().decode(stderr), "");
});

// What reaches a terminal: colours, and nothing of a host's that could control it.

import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { test } from "./support/program.ts";
import { MODULES } from "./support/cli.ts";

// deno-lint-ignore no-control-regex
const CONTROL = /[\x00-\x09\x0b-\x1f\x7f]/;

test("nothing that a host says can control the terminal", async ({ run }) => {
  for (const name of ["hostile", "hostileError", "hostileRecord"]) {
    for (const format of ["stream", "group", "table", "jsonl"]) {
      const { stdout, stderr } = await run(
        [
          "call",
          "-H",
          "local:a,local:b",
          "--output",
          format,
          `functions.ts#${name}`,
        ],
        { cwd: MODULES },
      );
      const written = stdout + stderr;
      assert(!CONTROL.test(written), written);
      assertMatch(written, /\u241b|\\u001b|\\x1b/);
    }
  }
});

test("what one host says is made harmless when it goes to a terminal", async ({ argv, env }) => {
  const command = [
    ...argv,
    "exec",
    "-H",
    "local:",
    "--",
    "printf 'a\\033[2Jb\\n'; printf 'c\\033[2Jd\\n' >&2",
  ]
    .map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  const { stdout } = await new Deno.Command("script", {
    args: ["-qec", command, "/dev/null"],
    env,
    clearEnv: true,
    stdin: "null",
  }).output();
  const text = new TextDecoder().decode(stdout);
  assertStringIncludes(text, "a␛[2Jb");
  assertStringIncludes(text, "c␛[2Jd");
});

test("colours appear only on a terminal", async ({ argv, env, run }) => {
  const args = ["exec", "-H", "local:a,local:b", "--", "echo", "hi"];
  assert(!(await run(args)).stdout.includes("\x1b"));
  for (const extra of [{}, { NO_COLOR: "1" }]) {
    const { stdout } = await new Deno.Command("script", {
      args: ["-qec", [...argv, ...args].join(" "), "/dev/null"],
      env: { ...env, ...extra },
      clearEnv: true,
      stdin: "null",
    }).output();
    const text = new TextDecoder().decode(stdout);
    assertStringIncludes(text, "hi");
    assertEquals(text.includes("\x1b"), !("NO_COLOR" in extra));
  }
});

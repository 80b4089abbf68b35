// `tongs exec`: how commands are run, and how what they write is shown.

import { assertEquals, assertMatch } from "@std/assert";
import { test } from "./support/program.ts";
import { folder } from "./support/files.ts";
import { jsonLines } from "./support/cli.ts";

test("exec passes on what one host writes, byte by byte", async ({ run }) => {
  const { code, stdout, stderr } = await run(
    [
      "exec",
      "-H",
      "local:",
      "--",
      "printf",
      "%s\\033[1m\\r\\n|%s",
      "a b",
      "$HOME",
    ],
  );
  assertEquals({ code, stdout, stderr }, {
    code: 0,
    stdout: "a b\x1b[1m\r\n|$HOME",
    stderr: "",
  });
});

test("exec runs a single word with spaces by sh -c, and tells its exit status", async ({ run }) => {
  const { code, stdout, stderr } = await run(
    ["exec", "-H", "local:", "--", "cat; echo out; echo err >&2; exit 3"],
    { stdin: "not for it" },
  );
  assertEquals({ code, stdout, stderr }, {
    code: 1,
    stdout: "out\n",
    stderr: "err\ntongs: localhost: exit status 3\n",
  });
});

test("exec --output jsonl has status, signal and output", async ({ run }) => {
  const ran = await run(
    [
      "exec",
      "-H",
      "local:",
      "--output",
      "jsonl",
      "--",
      "echo out; echo err >&2; exit 3",
    ],
  );
  const { ms: _, ...line } = jsonLines(ran)[0]!;
  assertEquals(line, {
    v: 1,
    type: "result",
    host: "localhost",
    ok: false,
    value: { code: 3, signal: null, stdout: "out\n", stderr: "err\n" },
  });
  assertEquals(jsonLines(ran)[1]!.failed, 1);
  assertEquals(ran.code, 1);
});

test("--output stream puts the aligned name of its host before each line", async ({ run }) => {
  const { stdout, stderr } = await run(
    [
      "exec",
      "-H",
      "local:a,local:bbb",
      "-q",
      "--output",
      "stream",
      "--",
      "echo out; printf err >&2",
    ],
  );
  assertEquals(stdout.split("\n").sort(), ["", "a   | out", "bbb | out"]);
  assertEquals(stderr.split("\n").sort(), ["", "a   ! err", "bbb ! err"]);
});

test("hosts with the same result are shown together, the odd one last", async ({ run }) => {
  await using dir = await folder();
  const first = dir.at("first");
  const { code, stdout } = await run(
    [
      "exec",
      "-H",
      "local:odd,local:a,local:b",
      "--",
      `mkdir ${first} 2>/dev/null && echo odd && exit 1; printf 'same\\r\\n'`,
    ],
  );
  assertMatch(
    stdout,
    /^── \w+, \w+ \(2 hosts\) ─+\nsame\n\n── \w+ · exit status 1 ─+\nodd\n$/,
  );
  assertEquals(code, 1);
});

test("-f 1 works on one host after the other", async ({ run }) => {
  await using dir = await folder();
  const log = dir.at("log");
  await run(
    [
      "exec",
      "-H",
      "local:a,local:b,local:c",
      "-f1",
      "--",
      // Time enough for another one to begin.
      `echo begin >>${log}; for i in 1 2 3 4 5 6 7 8 9 10; do ls / >/dev/null; done; echo end >>${log}`,
    ],
  );
  assertEquals(await Deno.readTextFile(log), "begin\nend\n".repeat(3));
});

// Hosts on the command line: patterns, what is left out, and what `tongs hosts` makes of them.

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { expandHosts, foldHosts } from "../mod.ts";
import { test } from "./support/program.ts";

test("hosts expands patterns, from left to right and over several options", async ({ run }) => {
  for (
    const [args, expected] of [
      [["web[08-10],db1"], "web08 web09 web10 db1"],
      [["web[1-3]!web2"], "web1 web3"],
      [["web[1-9] & web[3-4]"], "web3 web4"],
      [["-H", "web[1-2]", "-H", "web[2-3]", "web4"], "web1 web2 web3 web4"],
      [["web[1-4]", "-x", "web[2-3]"], "web1 web4"],
      [["web[1-4]", "-x", "web[2-9]!web4"], "web1 web4"],
      [["deploy@web[1-2]:22", "-x", "web2"], "deploy@web1:22"],
      [["-,local:"], "web1 web2 x local:"],
      [["web[1-9]&-"], "web1 web2"],
      [["web[1-3]", "-x", "-"], "web3"],
    ] as [string[], string][]
  ) {
    const { code, stdout } = await run(["hosts", ...args], {
      stdin: "web[1-2] # two\n\nx\n",
    });
    assertEquals([args, code, stdout.trimEnd().split("\n").join(" ")], [
      args,
      0,
      expected,
    ]);
  }
});

test("hosts folds and counts", async ({ run }) => {
  const folded = await run(["hosts", "--fold", "-"], {
    stdin: "web2\nweb1\nweb3\nr1n1\nr2n1\nr1n2\nr2n2\n10.0.0.1\n10.0.0.2\n",
  });
  assertEquals(folded, {
    code: 0,
    stdout: "web[1-3],r[1-2]n[1-2],10.0.0.[1-2]\n",
    stderr: "",
  });
  const { stdout } = await run(["hosts", "--count", "web[001-500]!web007"]);
  assertEquals(stdout, "499\n");
});

test("what makes no sense as hosts is exit status 2, and no password is shown", async ({ run }) => {
  for (
    const [text, why] of [
      ["web[3-1]", "is empty"],
      ["a!", 'nothing follows "!"'],
      ["web*", "stands for many hosts"],
      ["@web", "groups of hosts cannot be named yet"],
      ["a!@web", '"@web"'],
      ["h[1-999][1-999]", "more than 100000"],
      ["ssh://u:secret@h", "a password does not belong"],
      ["ssh://u:!secret@h", "a password does not belong"],
      ["a!a", "list of hosts is empty"],
    ]
  ) {
    const { code, stdout, stderr } = await run(["hosts", text!]);
    assertStringIncludes(stderr, why!);
    assertEquals([text, code, stdout], [text, 2, ""]);
    assertEquals(stderr.includes("secret"), false);
  }
});

test("what is excluded and not there is one warning, however many it is", async ({ run }) => {
  const { stdout, stderr } = await run([
    "hosts",
    "web[1-2]",
    "-x",
    "web[2-50],db1",
  ]);
  assertEquals(stdout, "web1\n");
  assertEquals(
    stderr,
    'tongs: "web[3-50],db1" are excluded but are not among the hosts\n',
  );
});

test("commands run on all hosts of a pattern", async ({ run }) => {
  const { code, stdout } = await run([
    "exec",
    "-H",
    "local:n[1-3]!local:n2",
    "--output",
    "stream",
    "--",
    "true; echo hi",
  ]);
  assertEquals([code, stdout.trimEnd().split("\n").sort()], [0, [
    "n1 | hi",
    "n3 | hi",
  ]]);
});

test("many hosts with the same result are named in ranges", async ({ run }) => {
  const { stdout, stderr } = await run([
    "exec",
    "-H",
    "local:n[01-12],local:db",
    "--",
    "echo hi; false",
  ]);
  const named = "n\\[01-12\\], db";
  assertMatch(
    stdout,
    new RegExp(`^── ${named} \\(13 hosts\\) · exit status 1 ─+\nhi\n$`),
  );
  assertMatch(stderr, new RegExp(`0 ok, 13 failed \\(${named}\\) in `));
});

Deno.test("folding and expanding are the reverse of each other", () => {
  const number = fc.tuple(fc.nat(1200), fc.constantFrom(0, 2, 3))
    .map(([n, width]) => String(n).padStart(width, "0"));
  const name = fc.constantFrom("web", "db-", "r", "x.");
  const host = fc.tuple(
    name,
    number,
    fc.constantFrom("", "n", ".example.com", ":"),
    fc.oneof(fc.constant(""), number),
  ).map((parts) => parts.join(""));
  const other = fc.constantFrom(
    "local:",
    "[::1]:22",
    "db",
    "99999999999999999999",
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(host, other), { maxLength: 60 }), (hosts) => {
      assertEquals(
        new Set(expandHosts(foldHosts(hosts))),
        new Set(hosts),
      );
    }),
    { numRuns: 500 },
  );
});

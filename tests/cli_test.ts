// What the command line does with functions, commands and hosts, run as its users run it.
import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { type Program, programs, type Ran } from "./support/program.ts";

const dir = await Deno.realPath(
  await Deno.makeTempDir({ prefix: "tongs-cli-" }),
);
addEventListener("unload", () => Deno.removeSync(dir, { recursive: true }));

await Deno.writeTextFile(
  `${dir}/functions.ts`,
  `export const LIMIT = 5;
export function list(...args: unknown[]): unknown { return args; }
export function fail(): never {
  throw new RangeError("too far", { cause: new Error("too fast") });
}
export function odd(): unknown {
  const value: Record<string, unknown> = {
    big: 2n ** 64n, map: new Map([["a", 1]]), pairs: new Map([[1, 2]]), set: new Set([1]),
    date: new Date(0), bytes: new Uint8Array([1, 2]), nothing: undefined, none: NaN,
    error: new TypeError("e"), url: new URL("https://a.example/"),
  };
  value.self = value;
  return value;
}
export function hostile(): string {
  console.log("log \\x1b[2J");
  return "value \\x1b]0;title\\x07";
}
export function hostileError(): never { throw new Error("error \\x1b[2J"); }
export function hostileRecord(): unknown { return { "key \\x1b[2J": "cell \\x1b[2J" }; }
export function shared(): unknown {
  let value: unknown[] = [1];
  for (let i = 0; i < 40; i++) value = [value, value];
  return value;
}
`,
);
await Deno.writeTextFile(
  `${dir}/one.ts`,
  `export const NAME = "one";
export const answer = (): number => 42;
`,
);
await Deno.writeTextFile(
  `${dir}/default.ts`,
  `export function other(): void {}
export default function (): string { return "default"; }
`,
);
await Deno.writeTextFile(
  `${dir}/again.ts`,
  `export * from "./one.ts";
`,
);

// deno-lint-ignore no-control-regex
const CONTROL = /[\x00-\x09\x0b-\x1f\x7f]/;

/** Tests all forms of the program. */
function test(name: string, body: (program: Program) => Promise<void>): void {
  for (const program of programs) {
    Deno.test(`${program.name}: ${name}`, () => body(program));
  }
}

function jsonLines({ stdout }: Ran): Record<string, unknown>[] {
  return stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
}

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
    const { code, stdout, stderr } = await run(args, { cwd: dir });
    assertStringIncludes(stderr, text);
    assert(!stderr.includes("secret"));
    assertEquals({ args, code, stdout }, { args, code: 2, stdout: "" });
  }
});

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
    { cwd: dir },
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
      cwd: dir,
    });
    assertEquals({ stdout, stderr }, { stdout: `${value}\n`, stderr: "" });
  }
});

test("call shows the value of one host and no more", async ({ run }) => {
  const { code, stdout, stderr } = await run(
    ["call", "-H", "local:a", `${dir}/functions.ts#list`, "1", "x"],
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
  ], { cwd: dir });
  assertEquals({ code, stdout }, { code: 1, stdout: "" });
  assertStringIncludes(stderr, "tongs: localhost: RangeError: too far\n");
  assertStringIncludes(stderr, `(file://${dir}/functions.ts:4:9)\n`);
  assertStringIncludes(stderr, "caused by Error: too fast\n");
  assert(!stderr.includes("/tunnels/"), stderr);
});

test("hosts that fail for the same reason are named together", async ({ run }) => {
  const { stderr } = await run([
    "call",
    "-H",
    "local:a,local:b",
    "functions.ts#fail",
  ], { cwd: dir });
  assertStringIncludes(
    stderr,
    "tongs: a, b: RangeError: too far\n  caused by Error: too fast\n",
  );
  assertMatch(stderr, /tongs: 2 hosts: 0 ok, 2 failed \(a, b\) in .*\n$/);
});

test("--output jsonl has a line for each host and one for the run", async ({ run }) => {
  const ran = await run(
    ["call", "-H", "local:a", "--output", "jsonl", "functions.ts#list", "1"],
    { cwd: dir },
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
    { cwd: dir },
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
  ], { cwd: dir });
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
      { cwd: dir },
    );
    assertMatch(stdout, /too large/i);
    assertEquals(code, 0);
  }
});

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
  const { code, stdout } = await run(
    [
      "exec",
      "-H",
      "local:odd,local:a,local:b",
      "--",
      `
      mkdir ${dir}/first 2>/dev/null && echo odd && exit 1; printf 'same\\r\\n'`,
    ],
  );
  await Deno.remove(`${dir}/first`);
  assertMatch(
    stdout,
    /^── \w+, \w+ \(2 hosts\) ─+\nsame\n\n── \w+ · exit status 1 ─+\nodd\n$/,
  );
  assertEquals(code, 1);
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

test("ping tells what is there", async ({ run }) => {
  const { code, stdout } = await run(["ping", "-H", "local:a,local:b"]);
  assertMatch(
    stdout,
    /^host +runtime +platform +user +connect +round trip\n─[─ ]+\na +deno \d\S+ +\w+ \w+ +\S+ +[\d.]+ m?s +[\d.]+ ms\nb +deno/,
  );
  assertEquals(code, 0);
  const [line] = jsonLines(
    await run(["ping", "-H", "local:", "--output", "jsonl"]),
  );
  const value = line!.value as Record<string, unknown>;
  assertEquals(value.os, Deno.build.os);
  assert((value.roundTripMs as number) < (value.connectMs as number));
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

test("-f 1 works on one host after the other", async ({ run }) => {
  const log = `${dir}/log`;
  await run(
    [
      "exec",
      "-H",
      "local:a,local:b,local:c",
      "-f1",
      "--",
      `echo begin >>${log}; ls / >/dev/null; echo end >>${log}`,
    ],
  );
  assertEquals(await Deno.readTextFile(log), "begin\nend\n".repeat(3));
  await Deno.remove(log);
});

test("-q leaves out logs, warnings and the summary", async ({ run }) => {
  const { code, stderr } = await run(
    ["call", "-q", "-H", "local:a,local:b,local:a", "functions.ts#hostile"],
    { cwd: dir },
  );
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
});

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
        { cwd: dir },
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

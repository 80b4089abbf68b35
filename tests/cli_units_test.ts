// The parts of the command line that need no host: hosts from text, durations, JSON, tables.
import { assertEquals, assertThrows } from "@std/assert";
import { formatMs, parseDuration } from "../cli/duration.ts";
import { jsonLine, toJson } from "../cli/json.ts";
import { formatBytes, showField, showValue } from "../cli/show.ts";
import { drawTable } from "../cli/table.ts";
import {
  LineBuffer,
  manyLines,
  oneLine,
  pad,
  widthOf,
  wrap,
} from "../cli/text.ts";
import { UsageError } from "../cli/usage_error.ts";
import { Local } from "../tunnels/local.ts";
import { parseTunnel } from "../tunnels/parse.ts";
import { SSH } from "../tunnels/ssh.ts";

Deno.test("parseTunnel() knows ssh hosts and local places", () => {
  for (
    const [text, Class, host] of [
      ["web1", SSH, "web1"],
      ["deploy@web1:2222", SSH, "deploy@web1:2222"],
      ["web1:22", SSH, "web1:22"],
      ["ssh://deploy@web1:2222/", SSH, "deploy@web1:2222"],
      ["ssh://[::1]:22", SSH, "[::1]:22"],
      ["[fe80::1%eth0]:22", SSH, "[fe80::1%eth0]:22"],
      ["fe80::1", SSH, "fe80::1"],
      ["local:", Local, "localhost"],
      ["local:a", Local, "a"],
    ] as const
  ) {
    const tunnel = parseTunnel(text);
    assertEquals([text, tunnel.constructor, tunnel.host], [text, Class, host]);
  }
});

Deno.test("parseTunnel() refuses what it cannot reach, and options in disguise", () => {
  for (
    const text of [
      "",
      "a b",
      "docker:app",
      "docker+image:debian:12",
      "nonsense:x",
      "web[1-3]",
      "web*",
      "a!b",
      "@group",
      "-oProxyCommand=x",
      "ssh://-oProxyCommand=x",
      "ssh://u:p@h",
      "ssh://h/path",
      "web1:0",
      "web1:99999",
    ]
  ) assertThrows(() => parseTunnel(text), TypeError);
});

Deno.test("parseDuration() reads numbers with a unit and nothing else", () => {
  assertEquals(
    ["500ms", "30s", "1.5s", "5m", "1h"].map((text) =>
      parseDuration(text, "x")
    ),
    [500, 30_000, 1500, 300_000, 3_600_000],
  );
  for (
    const text of ["", "5", "0s", "-1s", "1d", "1h30m", "25h0", "999999h", "s"]
  ) {
    assertThrows(() => parseDuration(text, "--timeout"), UsageError);
  }
});

Deno.test("formatMs() and formatBytes() suit the size", () => {
  assertEquals(
    [0.1234, 9.99, 250, 1500, 59_999, 61_000, 3_600_000, 273_600_000].map(
      formatMs,
    ),
    [
      "0.12 ms",
      "10 ms",
      "250 ms",
      "1.5 s",
      "1 min",
      "1 min 1 s",
      "1 h",
      "3 d 4 h",
    ],
  );
  assertEquals(
    [0, 1023, 1024, 1536, 1024 ** 2 * 100, 1024 ** 3 * 15.6, 1024 ** 4 - 1].map(
      formatBytes,
    ),
    ["0 B", "1023 B", "1.0 KiB", "1.5 KiB", "100 MiB", "15.6 GiB", "1.0 TiB"],
  );
});

Deno.test("toJson() takes anything", () => {
  const cycle: unknown[] = [];
  cycle.push(cycle);
  const sparse: unknown[] = [];
  sparse.length = 2 ** 32 - 1;
  sparse[5] = 1;
  const named = JSON.parse('{"__proto__":1,"valueOf":2,"toJSON":3}');
  const cases: [unknown, unknown][] = [
    [undefined, null],
    [[undefined, , 1], [null, null, 1]],
    [cycle, ["[Circular]"]],
    [sparse, { 5: 1 }],
    [new Date(NaN), null],
    [new Uint8Array([255]).buffer, "/w=="],
    [new DataView(new Uint8Array([1, 2, 3]).buffer, 1, 1), "Ag=="],
    [new BigInt64Array([1n]), ["1"]],
    [Object(1n), "1"],
    [/a/g, "/a/g"],
    [Symbol("s"), "[symbol]"],
    [new Error("m", { cause: 1 }), { name: "Error", message: "m", cause: 1 }],
  ];
  for (const [value, expected] of cases) {
    assertEquals(JSON.parse(JSON.stringify(toJson(value))), expected);
  }
  assertEquals(
    jsonLine(toJson(named) as object),
    '{"__proto__":1,"valueOf":2,"toJSON":3}',
  );
  assertEquals(
    jsonLine({ text: "\x1b\x7f\x9b\u202e" }),
    '{"text":"\\u001b\\u007f\\u009b\\u202e"}',
  );
});

Deno.test("showValue() shows a long list whole, and a text as it is", () => {
  assertEquals(showValue("a\nb"), "a\nb");
  assertEquals(showValue(undefined), "");
  assertEquals(
    JSON.parse(showValue(Array.from({ length: 500 }, (_, i) => i))).length,
    500,
  );
});

Deno.test("showField() shows what the name of a field says it counts", () => {
  assertEquals(showField(2 ** 30, "memoryTotal"), "1.0 GiB");
  assertEquals(showField(2 ** 30, "used", ["mount", "used"]), "1.0 GiB");
  assertEquals(showField(2 ** 30, "used"), String(2 ** 30));
  assertEquals(showField(93_600, "uptime"), "1 d 2 h");
  assertEquals(showField(["a", "b"]), "a, b");
  assertEquals(
    showField(Array.from({ length: 15 }, (_, i) => i)),
    "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 3 more",
  );
  assertEquals(showField([]), "–");
  assertEquals(showField({ a: ["x"] }), '{ a: [ "x" ] }');
  assertEquals(showField("a\tb\x1b\nc"), "a b␛\nc");
});

Deno.test("columns are as wide as they look", () => {
  assertEquals(["abc", "äö", "日本", "👍🏽", "e\u0301"].map(widthOf), [
    3,
    2,
    4,
    2,
    1,
  ]);
  assertEquals([pad("日", 4), pad("1", 3, true)], ["日  ", "  1"]);
  assertEquals(wrap("one two three\n\nfour", 8), [
    "one two",
    "three",
    "",
    "four",
  ]);
  assertEquals(wrap("abcdefgh日本", 4), ["abcd", "efgh", "日本"]);
});

Deno.test("drawTable() fits the width by wrapping the widest column", () => {
  const table = drawTable(
    [
      [{ text: "host" }, { text: "n" }, { text: "text" }],
      [{ text: "a" }, { text: "10", right: true }, {
        text: "some words that wrap",
      }],
      [{ text: "b" }, { text: "9", right: true }, { text: "–" }],
    ],
    24,
    (_style, text) => text,
  );
  assertEquals(
    table,
    `host  n   text
────  ──  ──────────────
a     10  some words
          that wrap
b      9  –
`,
  );
});

Deno.test("LineBuffer puts lines and characters together again", () => {
  const bytes = new TextEncoder().encode("ä\r\nb\n\nc");
  const buffer = new LineBuffer();
  const lines = [...bytes].flatMap((byte) =>
    buffer.push(new Uint8Array([byte]))
  );
  assertEquals([...lines, ...buffer.flush()], ["ä", "b", "", "c"]);
});

Deno.test("text of a far side keeps its lines or becomes one, and controls nothing", () => {
  const text = "a\r\n\x1b[2Jb\rc";
  assertEquals(manyLines(text), "a\n␛[2Jb␍c");
  assertEquals(oneLine("a \n\tb\x07"), "a ⏎ b␇");
});

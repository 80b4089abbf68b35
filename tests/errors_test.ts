// Errors of the far side, as they arrive; and the classes of errors of tongs itself.

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import * as tongs from "../mod.ts";
import { Local, RemoteError, SerializationError, TongsError } from "../mod.ts";
import { echo } from "./testdata/functions.ts";
import { fail } from "./testdata/failures.ts";
import { MOD, project, runScript, testdata } from "./support/tunnels.ts";

async function failure(how: string): Promise<RemoteError> {
  await using here = new Local("there");
  // Awaited here, so that the stack leads to this file.
  let error: unknown;
  try {
    await here.call(fail, how);
  } catch (thrown) {
    error = thrown;
  }
  assertEquals(await here.call(echo, how), how);
  return error as RemoteError;
}

Deno.test("an error has the name, the message and the stack that it had there", async () => {
  const error = await failure("plain");
  assertInstanceOf(error, RemoteError);
  assertInstanceOf(error, TongsError);
  assertEquals([error.name, error.message], ["Error", "plain message"]);
  assertEquals([error.host, error.path], ["there", ["there"]]);
  const lines = error.stack!.split("\n");
  assertEquals(lines[0], "Error: plain message");
  assertMatch(
    lines[1]!,
    new RegExp(`^    at fail \\(${testdata("failures.ts")}:\\d+:\\d+\\)$`),
  );
  assert(lines.indexOf("    at [there]") > 0);
  // The place of the call comes after it, and the agent's own code nowhere.
  assertStringIncludes(
    lines.slice(lines.indexOf("    at [there]")).join("\n"),
    "errors_test.ts",
  );
  assert(!/blob:|data:text|tongs:\/\//.test(error.stack!), error.stack);
  assertEquals(String(error), "Error: plain message");
  assert(!("cause" in error));
});

Deno.test("an error of a class of its own has its properties and causes", async () => {
  const error = await failure("own");
  assertEquals([error.name, error.message], ["OwnError", "own message"]);
  const original = error.original as Error & { code: number; details: unknown };
  assertEquals([original.code, original.details], [42, {
    list: [1, new Map([["a", 1]])],
  }]);
  const cause = error.cause as Error;
  assertInstanceOf(cause, TypeError);
  assertEquals([cause.message, cause.cause], ["inner", "root"]);
  assertStringIncludes(cause.stack!, testdata("failures.ts"));
});

Deno.test("an error that nobody catches is printed with the places there, and the host", async () => {
  await using files = await project({
    "call.ts": `
      import { Local } from ${JSON.stringify(MOD)};
      function full() { throw new RangeError("the disk is full"); }
      await using here = new Local("there");
      await here.call(full);`,
    "stream.ts": `
      import { Local } from ${JSON.stringify(MOD)};
      function full() { throw new RangeError("the disk is full"); }
      await using here = new Local("there");
      for await (const _ of here.stream(function* () { yield 1; full(); }));`,
  });
  for (const name of ["call.ts", "stream.ts"]) {
    const { code, stderr } = await runScript(files, name);
    assertEquals(code, 1);
    assertMatch(stderr, /Uncaught .*RangeError: the disk is full$/m);
    assertMatch(stderr, new RegExp(`^    at full .*/${name}:3:`, "m"));
    assertMatch(stderr, /^ {4}at \[there\]$/m);
  }
});

Deno.test("an AggregateError has its errors", async () => {
  const error = await failure("aggregate");
  assertEquals([error.name, error.message], ["AggregateError", "several"]);
  const original = error.original as AggregateError;
  assertInstanceOf(original, AggregateError);
  assertInstanceOf(original.errors[0], RangeError);
  assertStringIncludes(original.errors[0].stack, testdata("failures.ts"));
  assertEquals([original.errors[1], original.errors[2].name], [
    "two",
    "OwnError",
  ]);
});

for (
  const [how, original, shown] of [
    ["string", "a string", '"a string"'],
    ["undefined", undefined, "undefined"],
    ["null", null, "null"],
    ["object", { code: 7 }, "{ code: 7 }"],
  ] as const
) {
  Deno.test(`a thrown value that is no error (${how}) is a RemoteError that holds it`, async () => {
    const error = await failure(how);
    assertInstanceOf(error, RemoteError);
    assertEquals(error.original, original);
    assertStringIncludes(error.message, shown);
    assertStringIncludes(error.message, "there");
  });
}

for (
  const [how, name, message] of [
    ["rejected", "SyntaxError", "rejected"],
    ["frozen", "Error", "frozen"],
    ["no stack", "Error", "no stack"],
    ["odd name", "", "odd"],
    ["DOMException", "AbortError", "dom"],
    ["huge", "Error", "x".repeat(1024 * 1024)],
    ["thenable", "Error", "thenable"],
    ["cycle", "Error", "cycle"],
    ["overflow", "RangeError", "Maximum call stack size exceeded"],
  ] as const
) {
  Deno.test(`an error that is odd (${how}) arrives all the same`, async () => {
    const error = await failure(how);
    assertInstanceOf(error, RemoteError);
    assertEquals([error.name, error.message], [name, message]);
    assert(Deno.inspect(error).length > 0);
  });
}

for (
  const how of ["function", "holding a function", "getter", "deep", "proxy"]
) {
  Deno.test(`an error that cannot be sent (${how}) is still an error that says something`, async () => {
    const error = await failure(how);
    assertInstanceOf(error, TongsError);
    assert(
      error instanceof RemoteError ||
        (error as unknown) instanceof SerializationError,
    );
    assertMatch(error.message, /error|trapped|deep|nest|holding|4999/i);
  });
}

Deno.test("every error class of tongs extends TongsError and has its name", () => {
  const classes = Object.entries(tongs).filter(([name]) =>
    name.endsWith("Error")
  );
  assert(classes.length >= 8);
  for (const [name, value] of classes) {
    const { prototype } = value as { prototype: object };
    assert(name === "TongsError" || prototype instanceof TongsError, name);
  }
  const error = new tongs.ConnectError("m", {
    host: "h",
    reason: "dns",
    cause: 1,
  });
  assertEquals([error.name, error.cause, `${error}`], [
    "ConnectError",
    1,
    "ConnectError: m",
  ]);
  for (
    const Class of [
      tongs.TunnelClosedError,
      tongs.RealmTerminatedError,
      tongs.ProtocolError,
      TongsError,
    ]
  ) {
    assertEquals(new Class("m").name, Class.name);
  }
});

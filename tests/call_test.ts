// Calls: what can be called, what goes along and comes back, and what is printed meanwhile.

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertNotEquals,
  assertStringIncludes,
} from "@std/assert";
import { cpus } from "node:os";
import { Local, RemoteError, SerializationError, TongsError } from "../mod.ts";
import twice, * as functions from "./testdata/functions.ts";
import {
  echo,
  increment,
  later,
  log,
  make,
  meddle,
  noisy,
  variable,
  where,
} from "./testdata/functions.ts";
import { eventually, isAlive } from "./support/processes.ts";
import {
  MOD,
  project,
  recorder,
  rejection,
  runScript,
} from "./support/tunnels.ts";

Deno.test("call() runs built-ins, exported functions, async ones and default exports", async () => {
  await using here = new Local();
  assertEquals(here.connected, false);
  assertEquals(await here.call(Deno.hostname), Deno.hostname());
  assertEquals(here.connected, true);
  assertEquals((await here.call(cpus)).length, cpus().length);
  assertEquals(await here.call(Math.max, 1, 3, 2), 3);
  assertEquals(await here.call(later, 1), 1);
  assertEquals(await here.call(twice, 21), 42);
  assertEquals(await here.call(echo, undefined), undefined);
});

Deno.test("arguments and results of all kinds arrive as they were", async () => {
  await using here = new Local();
  const cycle: Record<string, unknown> = { name: "cycle" };
  cycle.self = cycle;
  const shared = { shared: true };
  const values = [
    undefined,
    null,
    true,
    -0,
    NaN,
    Infinity,
    1.5,
    2 ** 53,
    123n ** 45n,
    -1n,
    "",
    "ü\0\ud800🦕",
    new Date(0),
    new Date(NaN),
    /a\/b/giu,
    new Map<unknown, unknown>([[{ a: 1 }, new Set([1, "2"])]]),
    new Uint8Array([1, 2, 3]),
    new Float64Array([0.5, NaN]),
    new BigInt64Array([1n]),
    new Uint8Array([4, 5]).buffer,
    [1, , 3],
    { a: { b: [{ c: undefined }] } },
    JSON.parse('{"__proto__": 1, "constructor": 2}'),
    cycle,
    [shared, shared],
  ];
  for (const value of values) {
    assertEquals(await here.call(echo, value), structuredClone(value));
  }
  const [one, two] = await here.call(echo, [shared, shared]);
  assert(one === two);
  assertEquals(
    (await here.call(echo, new URL("http://a/b?c"))).href,
    "http://a/b?c",
  );
  const error = await here.call(echo, new RangeError("m", { cause: 1 }));
  assertInstanceOf(error, RangeError);
  assertEquals([error.message, error.cause], ["m", 1]);
});

Deno.test("50 MiB arrive there and back while the function and a child of it print", async () => {
  const output = recorder();
  await using here = new Local("here", output);
  const bytes = new Uint8Array(50 * 1024 * 1024);
  for (let i = 0; i < bytes.length; i += 65_536) {
    crypto.getRandomValues(bytes.subarray(i, i + 1024));
  }
  const back = await here.call(noisy, bytes);
  assertEquals(back.length, bytes.length);
  assert(back.every((byte, i) => byte === bytes[i]));
  await output.wait("own");
  assertEquals(output.texts("output").sort(), ["err", "out", "own"]);
});

Deno.test("many large values at once arrive", async () => {
  await using here = new Local();
  const size = 10 * 1024 * 1024;
  const made = await Promise.all(
    Array.from({ length: 30 }, () => here.call(functions.bytes, size)),
  );
  assertEquals(made.map(({ length }) => length), Array(30).fill(size));
  const sizes = await Promise.all(
    made.map((bytes) => here.call(functions.sizeOf, bytes)),
  );
  assertEquals(sizes, Array(30).fill(size));
});

Deno.test("a log sink that throws does not break the tunnel", async () => {
  await using here = new Local("here", {
    onLog() {
      throw new Error("in the sink");
    },
  });
  // It may be reported as an error of the program.
  const listener = (event: ErrorEvent) => event.preventDefault();
  addEventListener("error", listener);
  try {
    await here.call(log);
    assertEquals(await here.call(echo, 1), 1);
    assertEquals(here.connected, true);
  } finally {
    removeEventListener("error", listener);
  }
});

Deno.test("a child of user code has nothing of the protocol", async () => {
  await using here = new Local();
  assertEquals(await here.call(meddle), "");
  assertEquals(await here.call(echo, 1), 1);
});

Deno.test("calls in one process run at the same time, in any order", async () => {
  await using here = new Local();
  const calls = Array.from(
    { length: 500 },
    (_, i) => i % 2 ? here.call(later, i) : here.call(echo, i),
  );
  assertEquals(await Promise.all(calls), calls.map((_, i) => i));
});

Deno.test("functions that are first called at the same time are not taken for each other", async () => {
  await using here = new Local();
  const { pid, parent, cancellations } = functions;
  const [one, two, three, four] = await Promise.all([
    here.call(pid),
    here.call(parent),
    here.call(cancellations),
    here.call(functions.increment),
  ]);
  assertNotEquals(one, Deno.pid);
  assertEquals(two, (await here.info()).pid);
  assertEquals([three, four], [[], 1]);
});

Deno.test("the state of a module lives until the tunnel closes, and then it may connect again", async () => {
  await using here = new Local();
  assertEquals(await here.call(increment), 1);
  assertEquals(await here.call(increment), 2);
  await here.close();
  assertEquals(here.connected, false);
  assertEquals(await here.call(increment), 1);
  assertEquals(increment(), 1);
});

Deno.test("await using closes, and close() is idempotent", async () => {
  const here = new Local();
  await here.close();
  {
    await using same = here;
    assert((await same.connect()) === here && here.connected);
  }
  assertEquals(here.connected, false);
  await Promise.all([here.close(), here.close()]);
});

Deno.test("with() gives a view with a time limit, a signal, an environment and a directory", async () => {
  await using here = new Local("here", { env: { A: "1", B: "1" } });
  const view = here.with({ env: { B: "2" }, cwd: "/" });
  assertInstanceOf(view, Local);
  assertEquals(await view.call(Deno.cwd), "/");
  assertEquals(
    [await view.call(variable, "A"), await view.call(variable, "B")],
    ["1", "2"],
  );
  assertEquals(await here.call(variable, "B"), "1");
  assertEquals(await here.call(Deno.cwd), Deno.cwd());
  const timeout = await rejection(
    here.with({ timeout: 50 }).call(functions.never),
  );
  assertEquals(timeout.name, "TimeoutError");
  const reason = new Error("enough");
  const signal = AbortSignal.abort(reason);
  assert(await rejection(here.with({ signal }).call(echo, 1)) === reason);
  assertEquals(view.host, "here");
});

Deno.test("a script ends when its calls are through, closed or not, and so does the far side", async () => {
  await using files = await project({
    "functions.ts":
      "export const pid = () => Deno.pid; export const never = () => new Promise(() => {});",
    "main.ts": `import { Local } from ${JSON.stringify(MOD)};
import { pid } from "./functions.ts";
// No timer of either may outlive what it is for.
const options = { keepAlive: 600_000, connectTimeout: 600_000 };
const closed = await new Local("closed", options).connect();
await closed.with({ timeout: 600_000 }).call(pid);
await closed.close();
const here = new Local("here", options);
console.log(await here.call(pid), (await here.info()).pid);`,
  });
  const { code, stdout, stderr } = await runScript(files, "main.ts");
  assertEquals(code, 0, stderr);
  for (const pid of stdout.trim().split(" ")) {
    assertMatch(pid, /^\d+$/);
    await eventually(() => !isAlive(Number(pid)));
  }
});

Deno.test("functions that a module hides go by value, and what cannot be sent is a TypeError", async () => {
  await using files = await project({
    "lib.ts": `function hidden() {}
export const bound = hidden.bind(null);
export const closure = () => () => 1;
export { hidden };
export class Class { method() {} static own() {} }
export const unexported = (() => { function inner() {} return inner; })();
Object.assign(globalThis, { secret: function secret() {} });`,
    "main.ts": `import { Local } from ${JSON.stringify(MOD)};
import { bound, closure, Class } from "./lib.ts";
export function own() {}
await using here = new Local();
for (const fn of [own, () => 1, bound, closure(), Class.own, Class.prototype.method, globalThis.secret, new Intl.Collator().compare, Symbol.prototype.toString, 1]) {
  try {
    console.log("resolved", await here.call(fn as () => void));
  } catch (error) {
    console.log(\`\${error.name}: \${error.message}\`);
  }
}
console.log(await here.call(Deno.hostname) === Deno.hostname());`,
  });
  const { stdout, stderr } = await runScript(files, "main.ts");
  const lines = stdout.trim().split("\n");
  assertEquals(lines.pop(), "true", stdout + stderr);
  const resolved = lines.splice(0, 7);
  assertEquals(
    resolved,
    ["undefined", 1, "undefined", 1, "undefined", "undefined", "undefined"]
      .map((value) => `resolved ${value}`),
  );
  assertEquals(lines.length, 3);
  for (const line of lines) assertStringIncludes(line, "TypeError: Cannot ");
});

Deno.test("a result that cannot be sent is a SerializationError with its path, and the next call works", async () => {
  await using here = new Local();
  for (
    const [what, path] of [
      ["function", "result.list[1].done"],
      ["symbol", "result"],
      ["weak", "result"],
      ["huge", "result"],
    ]
  ) {
    const error = await rejection(here.call(make, what!), 20_000);
    assertInstanceOf(error, SerializationError);
    assertStringIncludes(error.path, path!);
    assertStringIncludes(error.message, path!);
    assertEquals(await here.call(echo, what), what);
  }
});

Deno.test("an argument that cannot be sent is an error before anything is sent", async () => {
  await using here = new Local();
  assertEquals(await here.call(increment), 1);
  const count = increment as (...args: unknown[]) => number;
  for (
    const [args, path] of [
      [[1, { onDone: () => {} }], "args[1].onDone"],
      [[[Symbol("s")]], "args[0][0]"],
      [[new Uint8Array(129 * 1024 * 1024)], "args"],
      [[Promise.resolve()], "args[0]"],
    ] as [unknown[], string][]
  ) {
    const error = await rejection(here.call(count, ...args));
    assertInstanceOf(error, SerializationError);
    assertInstanceOf(error, TongsError);
    assertEquals(error.path, path);
  }
  assertEquals(await here.call(increment), 2);
});

Deno.test("the console arrives as log records with level and host", async () => {
  const output = recorder();
  await using here = new Local("here", output);
  await here.call(log);
  await output.wait("remote");
  assertEquals(
    output.records.filter(({ level }) => level !== "error"),
    [
      { host: "here", level: "debug", text: "debug 1" },
      { host: "here", level: "info", text: "log a 2% { b: 3 }" },
      { host: "here", level: "info", text: "info [ 4 ]" },
      { host: "here", level: "warn", text: "warn Map(1) { 5 => 6 }" },
      { host: "here", level: "info", text: "remote { seven: 7 }" },
    ],
  );
  assertMatch(
    output.texts("error")[0]!,
    /^error Error: inner\n {4}at .*\/functions\.ts:\d+:\d+/,
  );
});

Deno.test("errors that nothing catches are logged, and the far side lives", async () => {
  const output = recorder();
  await using here = new Local("here", output);
  await here.call(increment);
  await here.call(functions.failLater);
  for (const text of ["in a timer", "in a promise", "no error"]) {
    const { level, text: logged } = await output.wait(text);
    assertEquals(level, "error");
    assertStringIncludes(logged, "Uncaught");
  }
  assertEquals(await here.call(increment), 2);
});

Deno.test("what is logged right before the end arrives", async () => {
  const output = recorder();
  await using here = new Local("here", output);
  await rejection(here.call(functions.logThenExit));
  assertEquals(output.texts("info"), ["last words"]);
});

Deno.test("remote says where code runs", async () => {
  await using here = new Local("there");
  assertEquals(await here.call(where), {
    host: "there",
    path: ["there"],
    signal: false,
  });
  assertEquals(where(), { host: "", path: [], signal: false });
});

Deno.test("an error that a function throws is a RemoteError, also one of tongs' own kind", async () => {
  await using here = new Local();
  const error = await rejection(here.call(Deno.readTextFile, "/no/such/file"));
  assertInstanceOf(error, RemoteError);
  assertEquals(error.name, "NotFound");
});

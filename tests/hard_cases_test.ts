// Cancelling at bad moments, and messages of sizes that a frame cannot hold: one call may fail, and
// the tunnel, its realm and the controller go on.

import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  Local,
  type LogRecord,
  RealmTerminatedError,
  RemoteError,
} from "../mod.ts";
import {
  bytes,
  counted,
  impossiblePlace,
  longLine,
  never,
  take,
} from "./testdata/hard_cases.ts";
import { eventually } from "./support/processes.ts";

/** A realm that is not stuck answers a cancellation, however long a busy machine takes for it. */
const PATIENT = { grace: 600_000 };

Deno.test("places that cannot be are shown as they are, in logs and in stacks", async () => {
  const log: LogRecord[] = [];
  await using here = new Local("here", { onLog: (record) => log.push(record) });
  const error = await assertRejects(
    () => here.call(impossiblePlace),
    RemoteError,
  );
  assert(error.stack!.includes("hard_cases.ts:0:0"));
  assertEquals(log.length, 1);
  assertEquals(here.connected, true);
});

Deno.test("a line of any length arrives in pieces", async () => {
  const log: LogRecord[] = [];
  await using here = new Local("here", { onLog: (record) => log.push(record) });
  await here.call(longLine, 300_000);
  // What is printed goes another way than results.
  const size = () => log.reduce((sum, { text }) => sum + text.length, 0);
  await eventually(() => size() >= 300_000);
  assertEquals(size(), 300_000);
});

Deno.test("the end of a realm fails all of its calls, however many they are", async () => {
  await using here = new Local();
  const calls = Array.from(
    { length: 20_000 },
    () => here.call(never).catch((error) => error),
  );
  await here.call(counted);
  here.call(Deno.exit, 1).catch(() => {});
  for (const error of await Promise.all(calls)) {
    assert(error instanceof RealmTerminatedError, String(error));
  }
  assertEquals(await here.call(counted), 1);
});

Deno.test("an environment too large to send is an error, and the tunnel lives", async () => {
  await using here = new Local();
  await assertRejects(
    () => here.with({ env: { X: "x".repeat(100_000) } }).call(counted),
    RangeError,
    "environment",
  );
  assertEquals(await here.call(counted), 1);
});

Deno.test("a call that is cancelled with any reason fails alone", async () => {
  await using here = new Local("here", PATIENT);
  assertEquals(await here.call(counted), 1);
  const other = here.call(never).catch(() => {});
  const aborter = new AbortController();
  const call = here.with({ signal: aborter.signal }).call(never);
  aborter.abort(new Error("x".repeat(100_000)));
  await assertRejects(() => call, Error, "xxx");
  assertEquals(await here.call(counted), 2);
  await here.close();
  await other;
});

Deno.test("cancelling while arguments or a result are under way ends neither the realm nor other calls", async () => {
  // Copying that much takes the realm its time.
  await using here = new Local("here", PATIENT);
  assertEquals(await here.call(counted), 1);
  const large = new Uint8Array(40 * 1024 * 1024);
  for (const timeout of [1, 10, 30, 60]) {
    const bounded = here.with({ timeout });
    await bounded.call(take, large).catch(() => {});
    await bounded.call(bytes, large.length).catch(() => {});
  }
  assert(await here.call(counted) >= 2, "the realm was replaced");
});

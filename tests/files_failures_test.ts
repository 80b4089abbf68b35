// Transfers that fail or are given up: who hears of it and what it says, and that nothing has changed.

import { assert, assertEquals, assertRejects } from "@std/assert";
import { type FileProgress, Local, TransferError } from "../mod.ts";
import { endless, folder, noise, sparse } from "./support/files.ts";
import { rejection } from "./support/tunnels.ts";
import { eventually } from "./support/processes.ts";

Deno.test("what cannot be a source or a target is an error that says why, on which side, and leaves all as it was", async () => {
  await using dir = await folder();
  await using here = new Local("here");
  await Deno.writeTextFile(dir.at("a"), "a");
  await Deno.mkdir(dir.at("sub"));
  const made = await new Deno.Command("mkfifo", { args: [dir.at("pipe")] })
    .output();
  assert(made.success);
  const [a, none, sub, pipe, below] = ["a", "none", "sub", "pipe", "a/b"].map((
    name,
  ) => dir.at(name)) as [string, string, string, string, string];
  const before = dir.names();
  const cases: [
    action: () => Promise<unknown>,
    reason: string,
    side: string,
    text: string,
  ][] = [
    [
      () => here.put(none, a),
      "not-found",
      "here",
      `Cannot put "${none}" on "here" as "${a}": "${none}" on this side: there is no such file`,
    ],
    [
      () => here.put(sub, a),
      "directory",
      "here",
      `"${sub}" on this side: it is a directory`,
    ],
    [() => here.put(pipe, a), "not-a-file", "here", "it is no regular file"],
    [
      () => here.put(a, sub),
      "directory",
      "there",
      `Cannot put "${a}" on "here" as "${sub}": it is a directory`,
    ],
    [
      () => here.put(a, `${none}/`),
      "directory",
      "there",
      "name the file in it",
    ],
    [
      () => here.put(a, pipe),
      "not-a-file",
      "there",
      "what is there is no regular file",
    ],
    [
      () => here.put(a, `${none}/b`),
      "not-found",
      "there",
      `there is no directory "${none}"`,
    ],
    [() => here.put(a, below), "not-a-directory", "there", "no directory"],
    [
      () => here.put(a, `${sub}/${"x".repeat(256)}`),
      "unknown",
      "there",
      "name is too long",
    ],
    [
      () => here.fetch(none, a),
      "not-found",
      "there",
      `Cannot fetch "${none}" from "here": there is no such file`,
    ],
    [() => here.fetch(sub, a), "directory", "there", "it is a directory"],
    [() => here.fetch(pipe, a), "not-a-file", "there", "it is no regular file"],
    [
      () => here.fetch(a, sub),
      "directory",
      "here",
      `"${sub}" on this side: it is a directory`,
    ],
    [() => here.fetch(a, pipe), "not-a-file", "here", "no regular file"],
    [
      () => here.fetch(a, `${none}/b`),
      "not-found",
      "here",
      `there is no directory "${none}"`,
    ],
  ];
  for (const [action, reason, side, text] of cases) {
    const error = await assertRejects(action, TransferError, text);
    assertEquals(
      [error.host, error.reason, error.side],
      ["here", reason, side],
      text,
    );
    assertEquals(dir.text("a"), "a");
  }
  assertEquals(dir.names(), before);
  assertEquals(await Array.fromAsync(Deno.readDir(sub)), []);
});

Deno.test("a file that changes while it is read is an error, and the target stays as it was", async () => {
  await using dir = await folder();
  await using here = new Local("here");
  const bytes = noise(12_000_000);
  await Deno.writeTextFile(dir.at("target"), "old");
  const changes: [string, () => void][] = [
    [
      "grows",
      () =>
        Deno.writeFileSync(dir.at("a"), bytes.subarray(0, 100), {
          append: true,
        }),
    ],
    ["shrinks", () => Deno.truncateSync(dir.at("a"), 2_000_000)],
  ];
  for (const [name, change] of changes) {
    for (const op of ["put", "fetch"] as const) {
      await Deno.writeFile(dir.at("a"), bytes);
      const error = await assertRejects(
        () =>
          here[op](dir.at("a"), dir.at("target"), {
            onProgress({ bytes }) {
              if (bytes === 0) change();
            },
          }),
        TransferError,
        "it has changed while it was read",
        `${op}, ${name}`,
      );
      assertEquals([error.reason, error.side], [
        "changed",
        op === "put" ? "here" : "there",
      ]);
      assertEquals(dir.text("target"), "old");
    }
  }
  assertEquals(dir.names(), ["a", "target"]);
});

Deno.test("a progress callback that throws fails the transfer with that, and leaves nothing", async () => {
  await using dir = await folder();
  await using here = new Local("here");
  await Deno.writeFile(dir.at("a"), noise(1000));
  const thrown = new Error("no more");
  for (const op of ["put", "fetch"] as const) {
    const error = await rejection(here[op](dir.at("a"), dir.at("b"), {
      onProgress() {
        throw thrown;
      },
    }));
    assert(error === thrown);
  }
  await eventually(() => dir.names().length === 1);
  assertEquals(dir.names(), ["a"]);
});

Deno.test("a signal or a time limit ends a transfer at once, and nothing of it stays", async () => {
  await using dir = await folder();
  await using here = new Local("here");
  await Deno.writeTextFile(dir.at("a"), "old");
  await sparse(dir);
  const reason = new Error("enough");
  for (const target of [dir.at("a"), dir.at("new")]) {
    for (const op of ["put", "fetch"] as const) {
      const aborter = new AbortController();
      const onProgress = ({ bytes }: FileProgress) => {
        if (bytes > 0) aborter.abort(reason);
      };
      const options = { signal: aborter.signal, onProgress };
      assert(
        await rejection(here[op](dir.at("big"), target, options)) === reason,
      );
      const late = await rejection(
        here.with({ timeout: 100 })[op](dir.at("big"), target),
      );
      assertEquals(late.name, "TimeoutError");
      assert(
        await rejection(
          here.with({ signal: aborter.signal })[op](dir.at("big"), target),
        ) === reason,
      );
    }
  }
  await eventually(() => dir.names().join() === "a,big");
  assertEquals(dir.text("a"), "old");
  assertEquals((await here.put(dir.at("a"), dir.at("b"))).size, 3);
});

Deno.test("a failure on the far side is told at once, and ends an endless source", async () => {
  await using dir = await folder();
  await using here = new Local("here");
  const { stream, cancelled } = endless();
  await assertRejects(
    () => here.put(stream, dir.at("none/a")),
    TransferError,
    "there is no directory",
  );
  await cancelled;
  // One that says nothing does not hold it up either.
  const silent = new ReadableStream<Uint8Array>({
    pull: () => new Promise(() => {}),
  });
  await assertRejects(
    () => here.put(silent, dir.at("none/a")),
    TransferError,
    "there is no directory",
  );
});

Deno.test("a source or a sink that fails ends the transfer with its own error", async () => {
  await using dir = await folder();
  await using here = new Local("here");
  await Deno.writeTextFile(dir.at("a"), "old");
  const broken = new Error("broken");
  let pulls = 0;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (++pulls > 100) throw broken;
      controller.enqueue(noise(64 * 1024));
    },
  });
  assert(await rejection(here.put(stream, dir.at("a"))) === broken);
  await eventually(() => dir.names().join() === "a");
  assertEquals(dir.text("a"), "old");
  await Deno.writeFile(dir.at("big"), noise(4_000_000));
  const sink = new WritableStream<Uint8Array>({
    write() {
      throw broken;
    },
  });
  assert(await rejection(here.fetch(dir.at("big"), sink)) === broken);
  // Whatever it is that fails, who reads from a sink or writes to a source learns of it.
  const ends: ((sink: WritableStream<Uint8Array>) => Promise<unknown>)[] = [
    (sink) => here.fetch(dir.at("none"), sink),
    (sink) => here.with({ signal: AbortSignal.abort() }).fetch("/", sink),
    (sink) =>
      here.fetch(dir.at("big"), sink, {
        onProgress() {
          throw broken;
        },
      }),
    (sink) => new Local("x", { runtime: "/none" }).fetch("/", sink),
  ];
  for (const end of ends) {
    const { promise: aborted, resolve } = Promise.withResolvers<unknown>();
    const error = await rejection(end(new WritableStream({ abort: resolve })));
    assert(await aborted === error);
    const { stream, cancelled } = endless();
    await rejection(
      here.with({ signal: AbortSignal.abort() }).put(stream, dir.at("a")),
    );
    await cancelled;
  }
  assertEquals((await here.put(dir.at("a"), dir.at("b"))).size, 3);
});

// Functions that must do elsewhere what they do here.
import { assertEquals } from "@std/assert";
import { Local } from "../../mod.ts";

/** Calls functions here and there, and compares what they return. */
export async function assertSame(...fns: (() => unknown)[]): Promise<void> {
  await using here = new Local();
  for (const fn of fns) {
    const expected = await fn();
    assertEquals(await here.call(fn), expected, String(fn));
  }
}

// The processes below tunnels, at the moments when Deno's own are awkward.

import { commandCarrier } from "../tunnels/carrier.ts";

Deno.test("a carried process can be let go of at any moment of its end", async () => {
  const carrier = commandCarrier((argv) => [...argv], true);
  await Promise.all(Array.from({ length: 200 }, async () => {
    const process = carrier.run(["true"]);
    let ended = false;
    const end = Promise.all([
      process.stdin.close().catch(() => {}),
      process.stdout.cancel(),
      process.stderr.cancel(),
      process.status,
    ]).then(() => ended = true);
    while (!ended) {
      await new Promise((resolve) => setTimeout(resolve));
      process.unref();
      process.ref();
    }
    await end;
  }));
});

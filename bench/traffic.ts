// Bytes: what connect and first call put on the wire, counted between ssh and sshd, and how large
// the agent is.

import { AGENT, BOOT } from "../agent/bundle.gen.ts";
import { type Bench, HOST } from "./bench.ts";
import { peer, run, sample } from "./process.ts";
import type { Row } from "./table.ts";

const KIB = 1024;

/** A connection that counts what passes. */
class Counter implements AsyncDisposable {
  /** Bytes to the server and from it. */
  readonly counts = { up: 0, down: 0 };
  /** Where it listens. */
  readonly port: number;

  #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  #done: Promise<void>;

  constructor(target: number) {
    this.port = this.#listener.addr.port;
    this.#done = this.#serve(target);
  }

  async #serve(port: number): Promise<void> {
    for await (const client of this.#listener) {
      const server = await Deno.connect({ hostname: "127.0.0.1", port });
      for (const connection of [client, server]) connection.setNoDelay();
      this.#copy(client, server, "up");
      this.#copy(server, client, "down");
    }
  }

  async #copy(
    from: Deno.TcpConn,
    to: Deno.TcpConn,
    way: "up" | "down",
  ): Promise<void> {
    const counts = this.counts;
    await from.readable.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array<ArrayBuffer>>({
        transform(chunk, controller) {
          counts[way] += chunk.length;
          controller.enqueue(chunk as Uint8Array<ArrayBuffer>);
        },
      }),
    ).pipeTo(to.writable).catch(() => {}); // One side left.
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#done.catch(() => {});
  }
}

/** Runs a command with an ssh whose bytes are counted. */
export async function throughCounter(
  { sshd, signal }: Bench,
  command: (config: string) => string[],
): Promise<{ up: number; down: number }> {
  await using counter = new Counter(sshd.port);
  const config = `${sshd.dir}/ssh_config_counted`;
  const settings = await Deno.readTextFile(sshd.configPath);
  await Deno.writeTextFile(
    config,
    settings.replace(/^Port .*$/m, `Port ${counter.port}`) +
      `HostKeyAlias [${sshd.host}]:${sshd.port}\n`,
  );
  await run(command(config), signal);
  return counter.counts;
}

/** What passes between ssh and sshd, and how large the agent is. */
export async function traffic(bench: Bench) {
  const commands: Record<string, (config: string) => string[]> = {
    "ssh host true": (config) => ["ssh", "-F", config, HOST, "true"],
    "tongs, built-in": (config) =>
      sample("first_call.ts", "ssh", config, "built-in"),
    "tongs, module": (config) =>
      sample("first_call.ts", "ssh", config, "module"),
  };
  for (const name of ["execnet", "mitogen", "mitogen-plain"]) {
    if (!bench.peers.has(name.split("-")[0]!)) continue;
    commands[name] = (config) => peer("connect.py", name, config);
  }
  const rows: Row[] = [];
  for (const [name, command] of Object.entries(commands)) {
    const { up, down } = await throughCounter(bench, command);
    rows.push(
      { name: `${name}: sent`, samples: [up / KIB], unit: "KiB" },
      { name: `${name}: received`, samples: [down / KIB], unit: "KiB" },
    );
  }
  const agent = Uint8Array.fromBase64(AGENT).length;
  rows.push(
    {
      name: "the agent, deflated",
      samples: [agent / KIB],
      unit: "KiB",
      budget: { limit: 32, on: "value" },
    },
    {
      name: "the boot code, on the command line",
      samples: [BOOT.length / KIB],
      unit: "KiB",
    },
  );
  return { rows, notes: ["execnet and mitogen compress, the others do not"] };
}

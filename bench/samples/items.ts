// Numbers through a channel or a stream, for each round as many as are asked for.

import { type Channel, Local, SSH } from "../../mod.ts";
import { HOST } from "../bench.ts";
import { serveRounds } from "./lines.ts";

const [way, config = "", items, how] = Deno.args;
const count = Number(items);

await using tunnel = way === "ssh" ? new SSH(HOST, { config }) : new Local();

function* numbers(count: number): Generator<number> {
  for (let i = 0; i < count; i++) yield i;
}

async function send(channel: Channel<number, never>, count: number) {
  for (let i = 0; i < count; i++) await channel.send(i);
}

async function takeAll(channel: Channel<number, number>) {
  let sum = 0;
  for await (const value of channel) sum += value;
  await channel.send(sum);
}

function check(sum: number): void {
  if (sum !== count * (count - 1) / 2) throw new Error(`The sum is ${sum}`);
}

async function receiveAll(values: AsyncIterable<number>): Promise<void> {
  let sum = 0;
  for await (const value of values) sum += value;
  check(sum);
}

const rounds: Record<string, () => Promise<void>> = {
  stream: () => receiveAll(tunnel.stream(numbers, count)),
  receive: () => receiveAll(tunnel.open(send, count)),
  async send() {
    const channel = tunnel.open(takeAll);
    for (let i = 0; i < count; i++) await channel.send(i);
    await channel.close();
    check(await channel.receive());
  },
};
await tunnel.connect();
await serveRounds(rounds[how!]!);

// An agent that means no good: it comes up like a real one, then does what its argument says.
import { FrameType } from "../../../wire/frame.ts";
import { files } from "./files.ts";
import { oddities } from "./oddities.ts";
import { replies } from "./replies.ts";
import { afterMagic, beforeMagic } from "./start.ts";
import { streams } from "./streams.ts";
import { block, hello, listen, next, text } from "./wire.ts";

const scenario = Deno.args[0]!;
const scenarios = [beforeMagic, afterMagic, replies, streams, oddities, files];
if (!scenarios.some((some) => Object.hasOwn(some, scenario))) {
  throw new Error(`There is no scenario "${scenario}"`);
}
const config = JSON.parse(
  scenario === "mute" ? "{}" : new TextDecoder().decode(await block()),
);
if (scenario !== "mute") await block();

await beforeMagic[scenario]?.();
await text(`a line of noise\n\n${config.magic}\n`);
if (Object.hasOwn(afterMagic, scenario)) await afterMagic[scenario]!();
else await hello();
listen();
const { stream } = await next(
  Object.hasOwn(files, scenario) ? FrameType.File : FrameType.Call,
);
await (replies[scenario] ?? streams[scenario] ?? oddities[scenario] ??
  files[scenario])?.(stream);

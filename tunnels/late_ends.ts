// The streams of a call that is run for what it yields, or with a channel.

import type { LateSink, LateSource } from "../wire/late.ts";
import type { Live } from "../wire/live.ts";
import type { Call } from "../wire/messages.ts";
import type { Stream } from "../wire/stream.ts";

/** Opens the streams of a call, and puts them behind the ends that its caller has. */
export class LateEnds {
  /** What the call says of them. */
  readonly names: Pick<Call, "into" | "channel">;

  #live: Live;
  #output: LateSource;
  #input: LateSink | undefined;
  #back: Stream;
  #there: Stream | undefined;
  #parent: number;
  #state: "new" | "attached" | "begun" = "new";

  constructor(
    live: Live,
    parent: number,
    output: LateSource,
    input: LateSink | undefined,
  ) {
    this.#live = live;
    this.#output = output;
    this.#input = input;
    this.#parent = parent;
    this.#back = live.open();
    this.#there = input === undefined ? undefined : live.open();
    this.names = this.#there === undefined
      ? { into: this.#back.id }
      : { channel: [this.#there.id, this.#back.id] };
  }

  /** Says where they lead, right before the call is sent. */
  attach(): void {
    this.#state = "attached";
    this.#live.attach(this.#back, this.#parent);
    if (this.#there !== undefined) this.#live.attach(this.#there, this.#parent);
  }

  /** Lets values flow, once the call has been sent. */
  begin(): void {
    this.#state = "begun";
    this.#output.bind(this.#live.source(this.#back));
    if (this.#there !== undefined) {
      this.#input!.bind(this.#live.sink(this.#there));
    }
  }

  /** Ends them: the call failed, or was not even sent. What has arrived can still be read. */
  giveUp(error: unknown): void {
    if (this.#state !== "begun") {
      this.#output.fail(error);
      this.#input?.fail(error);
    }
    for (const stream of [this.#back, this.#there]) {
      if (stream === undefined) continue;
      if (this.#state === "new") stream.detach();
      else this.#live.giveUp(stream, error);
    }
  }
}

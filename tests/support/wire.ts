// Both ends of a connection in one process, for tests of the wire.

import { HEADER_SIZE, writeHeader } from "../../wire/frame.ts";
import { Link, type Pipe } from "../../wire/link.ts";
import { Mux, type MuxOptions } from "../../wire/mux.ts";

/** A frame as it is on the wire. */
export function frame(
  type: number,
  stream: number,
  payload: Uint8Array,
): Uint8Array {
  const bytes = new Uint8Array(HEADER_SIZE + payload.length);
  writeHeader(bytes, 0, payload.length, type, stream);
  bytes.set(payload, HEADER_SIZE);
  return bytes;
}

/** Two pipes that lead to each other, and hold whatever nobody has read. */
export function pipePair(): [Pipe, Pipe] {
  function half() {
    const queue: Uint8Array[] = [];
    let wake: (() => void) | undefined;
    let ended = false;
    return {
      push(bytes: Uint8Array) {
        queue.push(bytes.slice());
        wake?.();
      },
      end() {
        ended = true;
        wake?.();
      },
      async next() {
        while (queue.length === 0) {
          if (ended) return undefined;
          await new Promise<void>((resolve) => wake = resolve);
        }
        return queue.shift();
      },
    };
  }
  const [a, b] = [half(), half()];
  function pipe(from: typeof a, to: typeof a) {
    return {
      read: () => from.next(),
      write: (bytes: Uint8Array) => Promise.resolve(to.push(bytes)),
      abort: () => {
        from.end();
        to.end();
      },
    };
  }
  return [pipe(a, b), pipe(b, a)];
}

/** One end of a connection. */
export interface End {
  /** Its frames. */
  link: Link;
  /** Its streams. */
  mux: Mux;
  /** What it reads and writes. */
  pipe: Pipe;
  /** Resolves when it has ended. */
  done: Promise<void>;
}

/** Connects two ends. */
export function connect(
  options: [Partial<MuxOptions>, Partial<MuxOptions>],
): [End, End] {
  const ends = pipePair().map((pipe, i) => {
    const link = new Link(
      pipe,
      (type, stream, frame) => mux.receive(type, stream, frame),
    );
    const mux = new Mux(link, { firstId: 1 + i, step: 2, ...options[i] });
    return { link, mux, pipe, done: link.run() };
  });
  return ends as [End, End];
}

/** Ends a connection. */
export async function close(ends: [End, End]): Promise<void> {
  for (const { pipe } of ends) pipe.abort();
  await Promise.all(ends.map(({ done }) => done));
}

// Values one after the other: where they come from, where they go, and the way from one to the
// other. What carries them is not known here.

/** A value, or the promise of one. Most values are there already, and waiting takes its time. */
export type MaybePromise<T> = T | Promise<T>;

/** Where values come from. Only one value is asked for at a time. */
export interface Source<T = unknown> {
  /** The next value. */
  next(): MaybePromise<IteratorResult<T, unknown>>;
  /** Asks for no more; what makes the values ends. */
  cancel(reason?: unknown): MaybePromise<unknown>;
  /** Resolves when all values are there, and rejects when there will be none for an error. */
  readonly ended?: Promise<void>;
  /** Leaves it as it was, where no value was asked for. */
  release?(): void;
}

/** Where values go. */
export interface Sink<T = unknown> {
  /**
   * Sends a value.
   *
   * @returns A promise if the next one should wait for it.
   */
  send(value: T): Promise<void> | undefined;
  /** Says that no more comes. */
  end(): MaybePromise<unknown>;
  /** Says that no more comes, because of an error. */
  abort(reason: unknown): MaybePromise<unknown>;
  /** Resolves when the other side takes no more, and rejects when that is because of an error. */
  readonly closed: Promise<void>;
  /** Leaves it as it was, where nothing was sent. */
  release?(): void;
}

/** Sends all that comes of a source, until one of both ends. It never rejects: both are told. */
export async function pump(source: Source, sink: Sink): Promise<void> {
  let isOpen = true;
  const close = (reason?: unknown) => {
    if (!isOpen) return;
    isOpen = false;
    // Not waited for: what makes the values may be waiting itself.
    Promise.try(() => source.cancel(reason)).catch(() => {});
  };
  sink.closed.then(() => close(), close);
  try {
    while (isOpen) {
      const next = source.next();
      const { done, value } = next instanceof Promise ? await next : next;
      if (!isOpen) return;
      if (done) {
        isOpen = false;
        await sink.end();
        return;
      }
      const sent = sink.send(value);
      if (sent !== undefined) await sent;
    }
  } catch (error) {
    close(error);
    await Promise.try(() => sink.abort(error)).catch(() => {}); // It is over already.
  }
}

/** Values that a program makes itself: a stream, or anything that can be iterated over. */
export function sourceOf(
  values: ReadableStream | AsyncIterable<unknown> | Iterable<unknown>,
): Source {
  if (values instanceof ReadableStream) {
    const reader = values.getReader();
    return {
      next: () => reader.read() as Promise<IteratorResult<unknown, unknown>>,
      cancel: (reason) => reader.cancel(reason),
      release: () => reader.releaseLock(),
    };
  }
  let iterator: AsyncIterator<unknown> | Iterator<unknown> | undefined;
  return {
    next: () =>
      (iterator ??= Symbol.asyncIterator in values
        ? values[Symbol.asyncIterator]()
        : values[Symbol.iterator]()).next(),
    cancel: () => {
      iterator ??= "next" in values
        ? values as unknown as AsyncIterator<unknown>
        : undefined;
      return iterator?.return?.();
    },
  };
}

/** A sink that writes into a stream. */
export function sinkOf(stream: WritableStream): Sink {
  const writer = stream.getWriter();
  return {
    send: (value) => {
      writer.write(value).catch(() => {}); // `closed` and `ready` say the same.
      return writer.desiredSize! > 0 ? undefined : writer.ready;
    },
    end: () => writer.close(),
    abort: (reason) => writer.abort(reason),
    closed: writer.closed,
    release: () => writer.releaseLock(),
  };
}

/** A stream of what comes of a source. */
export function readableOf<T>(source: Source): ReadableStream<T> {
  return new ReadableStream<T>({
    async pull(controller) {
      const { done, value } = await source.next();
      if (done) controller.close();
      else controller.enqueue(value as T);
    },
    cancel: async (reason) => void await source.cancel(reason),
  }, { highWaterMark: 0 });
}

/** A stream of which all goes into a sink. */
export function writableOf<T>(sink: Sink): WritableStream<T> {
  return new WritableStream<T>({
    start(controller) {
      sink.closed.catch((error) => controller.error(error));
    },
    write: (value) => sink.send(value),
    close: async () => void await sink.end(),
    abort: async (reason) => void await sink.abort(reason),
  });
}

// How functions in different places wait for each other: by files in a folder of this machine.

/** A folder in which things are said and waited for. */
export interface Meeting extends AsyncDisposable {
  /** Its path. */
  dir: string;
  /** Says something. */
  say(word: string): Promise<void>;
  /** Waits until something was said. */
  heard(word: string): Promise<void>;
}

/** Makes a folder, which disposing removes. */
export async function meeting(): Promise<Meeting> {
  const dir = await Deno.makeTempDir({ prefix: "tongs-meeting-" });
  return {
    dir,
    say: (word) => say(dir, word),
    heard: (word) => heard(dir, word),
    [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }),
  };
}

/** Says something in a folder. */
export async function say(dir: string, word: string): Promise<void> {
  await Deno.writeTextFile(`${dir}/${word}`, "");
}

/** Waits until something was said in a folder. */
export async function heard(dir: string, word: string): Promise<void> {
  for (;;) {
    try {
      await Deno.stat(`${dir}/${word}`);
      return;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

// What is to happen when this process ends, however it ends: a shell waits for the end of a pipe
// that only this process holds, then ends process groups and removes files. So neither user code
// in a busy loop nor half a file outlives a process that was killed.

// Slots and not a list, so that a change costs one line whatever else is held: the shell reads
// its input byte by byte.
const SCRIPT = `g=$1;m=0;n='
';while IFS= read -r l;do eval "$l";done;[ "$g" ]&&kill -9 $g
while [ $m -gt 0 ];do m=$((m-1));eval "p=\\$t$m";[ "$p" ]&&rm -f -- "$p";done`;

const ENCODER = new TextEncoder();

/** Carries out what is left to do when this process has ended. */
export class LastWill {
  #process: Deno.ChildProcess;
  #writer: WritableStreamDefaultWriter<Uint8Array>;
  /** The files, by their places in the shell; an empty one is free. */
  #slots: string[] = [];

  /**
   * Starts the shell.
   *
   * @param groups The process groups to end. They are on its command line, so that there is no
   * moment at which it does not know them.
   */
  constructor(groups: readonly number[] = []) {
    this.#process = new Deno.Command("sh", {
      args: ["-c", SCRIPT, "tongs-watchdog", list(groups)],
      stdin: "piped",
      stdout: "null",
      stderr: "null",
      detached: true,
    }).spawn();
    this.#process.unref();
    this.#writer = this.#process.stdin.getWriter();
    this.#writer.closed.catch(() => {}); // It has ended, and so can do nothing more.
  }

  /** Sets the process groups to end. What was written is read even if this process ends now. */
  watch(groups: readonly number[]): void {
    this.#tell(`g=${quote(list(groups))}`).catch(() => {});
  }

  /**
   * Sees to it that a file goes with this process. Once the promise has resolved the file may be
   * made.
   *
   * @param path Its absolute path, which no other file gets later.
   * @returns Lets go of it.
   */
  async hold(path: string): Promise<() => void> {
    let slot = this.#slots.indexOf("");
    if (slot < 0) slot = this.#slots.length;
    this.#slots[slot] = path;
    await this.#tell(
      `t${slot}=${quote(path)};[ $m -gt ${slot} ]||m=${slot + 1}`,
    ).catch(() => {}); // Somebody killed it. Files can be made all the same.
    return () => {
      this.#slots[slot] = "";
      this.#tell(`t${slot}=`).catch(() => {});
    };
  }

  /** Removes the files that are there, at once. The shell sees to those that are still being made. */
  removeFiles(): void {
    for (const path of this.#slots) {
      try {
        Deno.removeSync(path);
      } catch {
        // It is not there.
      }
    }
  }

  /** Ends the shell, which then has to do what it was told last. */
  async end(): Promise<void> {
    this.#process.ref(); // Somebody waits for it now.
    await this.#writer.close().catch(() => {});
    await this.#process.status;
  }

  #tell(line: string): Promise<void> {
    return this.#writer.write(ENCODER.encode(`${line}\n`));
  }
}

function list(groups: readonly number[]): string {
  return groups.map((group) => `-${group}`).join(" ");
}

/** A word for the shell, on one line whatever it holds. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''").replaceAll("\n", `'"$n"'`)}'`;
}

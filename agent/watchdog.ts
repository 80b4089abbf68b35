// The watchdog: a shell that waits for the supervisor's end and then ends its realms, so that
// user code in a busy loop does not outlive a supervisor that was killed itself.

/** Ends process groups when this process ends, however it ends. */
export class Watchdog {
  #writer: WritableStreamDefaultWriter<Uint8Array> | undefined;

  /**
   * Sets the process groups to end.
   *
   * The first ones are on the command line, so there is no moment at which a realm can run user
   * code and the watchdog does not know of it: calls are relayed only after this returned. Later
   * ones go through a pipe, and are read even when this process is killed right after.
   */
  watch(groups: number[]): void {
    const line = groups.map((group) => `-${group}`).join(" ");
    if (this.#writer !== undefined) {
      this.#writer.write(new TextEncoder().encode(`${line}\n`)).catch(() => {});
      return;
    }
    const script = 'g=$1;while read -r l;do g=$l;done;[ "$g" ]&&kill -9 $g';
    this.#writer = new Deno.Command("sh", {
      args: ["-c", script, "tongs-watchdog", line],
      stdin: "piped",
      stdout: "null",
      stderr: "null",
      detached: true,
    }).spawn().stdin.getWriter();
  }
}

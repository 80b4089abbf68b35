// Stage 0: the shell command that finds a runtime on the far side and becomes the agent.

/** The hidden first argument that makes a compiled program an agent. */
export const AGENT_ARGUMENT = "--tongs-agent";

/** Where stage 0 looks when no runtime was named, as a person reads it. */
export const SEARCHED =
  "$TONGS_RUNTIME, deno on PATH, ~/.deno/bin/deno, ~/.cache/tongs/deno";

/** The exit status when there is no runtime. 96 is one that is too old, see `boot.ts`. */
export const NO_RUNTIME = 97;

const CANDIDATES =
  '"$TONGS_RUNTIME" "$(command -v deno)" "$HOME/.deno/bin/deno" "${XDG_CACHE_HOME:-$HOME/.cache}/tongs/deno"';

// What `ps` shows first is a matter of argv[0], which only some shells can set.
const TITLED = 'exec -a "$0" "$@"';

/**
 * The argv that starts an agent. POSIX sh only; no single quote, backslash or line break, so that
 * it passes unharmed through whatever login shell is in between. `DENO_DIR=/dev/null` keeps the
 * runtime from leaving a cache behind; `ulimit` keeps a crash from leaving a core file.
 *
 * @param title What `ps` is to show.
 * @param args The arguments of the runtime.
 * @param runtime The path or name of the runtime, if one was named.
 */
export function stage0(
  title: string,
  args: readonly string[],
  runtime?: string,
): string[] {
  const candidates = runtime === undefined
    ? CANDIDATES
    : '"$(command -v "$0")"';
  const script = `t=$1 e=$2;shift 2;ulimit -c 0;for d in ${candidates};do ` +
    `if [ -f "$d" ]&&[ -x "$d" ];then TONGS_DENO_DIR=$DENO_DIR DENO_DIR=/dev/null;` +
    `export TONGS_DENO_DIR DENO_DIR;b=$(command -v bash)&&exec "$b" --norc -c "$e" "$t" "$d" "$@";` +
    `exec "$d" "$@";fi;done;echo "tongs: no runtime" >&2;exit ${NO_RUNTIME}`;
  return ["sh", "-c", script, runtime ?? "tongs", title, TITLED, ...args];
}

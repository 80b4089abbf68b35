// `tongs sync`: makes a copy of a directory on hosts, or of theirs here.

import { syncEachFrom, syncTo } from "../group/group_files.ts";
import { SyncError } from "../tunnels/sync_error.ts";
import type {
  SyncChange,
  SyncOptions,
  SyncResult,
} from "../tunnels/sync_options.ts";
import { statOperand, twoOperands } from "./operands.ts";
import type { Options } from "./options.ts";
import { formatBytes } from "./show.ts";
import { oneLine } from "./text.ts";
import { runTransfer } from "./transfer.ts";
import { UsageError } from "./usage_error.ts";

/** How many changes are kept for each host; the others are only counted. */
const MAX_CHANGES = 1000;

const SIGNS = { create: "+", update: "*", attributes: ".", delete: "-" };

/** What is said of a change. */
type Change = Pick<SyncChange, "kind" | "path">;

/** What a sync did on one host. */
interface SyncValue extends SyncResult {
  changes?: Change[];
}

/**
 * Copies the directory.
 *
 * @returns The exit status.
 * @throws {UsageError} If the options make no sense.
 */
export async function sync(options: Options): Promise<number> {
  const { from, dryRun, verbose } = options;
  const [source, target] = twoOperands(
    options,
    from
      ? "sync --from -H web1,web2 /var/log/app 'logs/{host}'"
      : "sync -H web1,web2 site /srv/site",
    ["the directory", "where its content goes"],
  );
  if (!from) await checkDirectory(source);
  const changes = new Changes();
  return await runTransfer(options, {
    title: `${dryRun ? "compare" : "sync"} ${oneLine(source)}`,
    begin(hosts, onProgress) {
      const own: SyncOptions = {
        delete: options.delete,
        exclude: options.excludeFiles,
        dryRun,
        onProgress,
        ...(dryRun || verbose
          ? { onChange: (change: SyncChange) => changes.add(change) }
          : {}),
      };
      const together = from
        ? syncEachFrom(hosts, source, target, own)
        : syncTo(hosts, source, target, own);
      return {
        ...together,
        run: async (tunnel, signal) => {
          const result = await together.run(tunnel, signal);
          return { ...result, ...changes.of(tunnel.host) };
        },
      };
    },
    partial: (error) =>
      error instanceof SyncError
        ? { ...error.result, ...changes.of(error.host) }
        : undefined,
    text: (value) => asText(value as SyncValue, options),
    record: (value) => {
      const { files, transferred, bytes, changed, deleted } =
        value as SyncValue;
      return {
        files,
        [dryRun ? "to copy" : "copied"]: transferred,
        bytes,
        changed,
        deleted,
      };
    },
  });
}

async function checkDirectory(path: string): Promise<void> {
  const { isDirectory } = await statOperand(path, "directory");
  if (!isDirectory) {
    throw new UsageError(
      `Cannot sync "${path}": it is no directory`,
      "tongs put copies files",
    );
  }
}

/** What was changed where, within limits. */
class Changes {
  #byHost = new Map<string, Change[]>();

  add({ host, kind, path }: SyncChange): void {
    const list = this.#byHost.get(host) ?? [];
    this.#byHost.set(host, list);
    if (list.length < MAX_CHANGES) list.push({ kind, path });
  }

  of(host: string): Pick<SyncValue, "changes"> {
    const changes = this.#byHost.get(host);
    return changes === undefined ? {} : { changes };
  }
}

function asText(
  { files, transferred, bytes, changed, deleted, skipped, changes = [] }:
    SyncValue,
  { dryRun }: Options,
): string {
  const lines = changes.map(({ kind, path }) =>
    `${SIGNS[kind]} ${oneLine(path || ".")}`
  );
  const all = transferred + changed + deleted;
  if (changes.length === MAX_CHANGES && all > MAX_CHANGES) {
    lines.push(`and ${all - MAX_CHANGES} more`);
  }
  const done = dryRun ? "would be copied" : "copied";
  const parts = [
    `${transferred} of ${files} files ${done} (${formatBytes(bytes)})`,
    ...changed > 0
      ? [`${changed} other ${changed === 1 ? "entry" : "entries"} changed`]
      : [],
    ...deleted > 0 ? [`${deleted} deleted`] : [],
    ...skipped.length > 0
      ? [`${skipped.length} skipped that are no files`]
      : [],
  ];
  return [...lines, parts.join(", ")].join("\n");
}

// `tongs put`: puts a file on hosts.

import { putOn } from "../group/group_files.ts";
import type { FileSource, TransferResult } from "../tunnels/file_options.ts";
import { intoDirectory, statOperand, twoOperands } from "./operands.ts";
import type { Options } from "./options.ts";
import { formatBytes } from "./show.ts";
import { readsInput } from "./targets.ts";
import { oneLine } from "./text.ts";
import { runTransfer } from "./transfer.ts";
import { UsageError } from "./usage_error.ts";

/**
 * Puts the file.
 *
 * @returns The exit status.
 * @throws {UsageError} If the options make no sense.
 */
export async function put(options: Options): Promise<number> {
  const [source, target] = twoOperands(
    options,
    "put -H web1,web2 site.tar /srv/site.tar",
    ["the file", "where it goes"],
  );
  const remotePath = intoDirectory(target, source);
  const content = await open(source, options);
  const { mode } = options;
  return await runTransfer(options, {
    title: `put ${oneLine(source === "-" ? "standard input" : source)}`,
    begin: (hosts, onProgress) =>
      putOn(hosts, content, remotePath, {
        ...(mode === undefined ? {} : { mode }),
        onProgress,
      }),
    text: (value) => {
      const { remotePath, size } = value as TransferResult;
      return `${oneLine(remotePath)} ${formatBytes(size)}`;
    },
    record: (value) => {
      const { remotePath, size, sha256 } = value as TransferResult;
      return { file: remotePath, bytes: size, sha256: sha256.slice(0, 12) };
    },
  });
}

async function open(source: string, options: Options): Promise<FileSource> {
  if (source === "-") {
    if (readsInput(options)) {
      throw new UsageError(
        "Cannot read both the hosts and the file from standard input",
      );
    }
    return Deno.stdin.readable;
  }
  const { isDirectory } = await statOperand(source, "file");
  if (!isDirectory) return source;
  throw new UsageError(
    `Cannot put "${source}": it is a directory`,
    "tongs sync copies directories",
  );
}

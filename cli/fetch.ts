// `tongs fetch`: fetches a file from hosts.

import type { Together } from "../group/group_call.ts";
import { fetchFrom } from "../group/group_files.ts";
import type { TransferResult } from "../tunnels/file_options.ts";
import { intoDirectory, twoOperands } from "./operands.ts";
import type { Options } from "./options.ts";
import { formatBytes } from "./show.ts";
import type { Terminal } from "./terminal.ts";
import { manyLines, oneLine } from "./text.ts";
import { runTransfer } from "./transfer.ts";
import { UsageError } from "./usage_error.ts";

/**
 * Fetches the file.
 *
 * @returns The exit status.
 * @throws {UsageError} If the options make no sense.
 */
export async function fetch(options: Options): Promise<number> {
  const [remotePath, target] = twoOperands(
    options,
    "fetch -H web1,web2 /var/log/syslog 'logs/{host}.log'",
    ["the file", "where it goes"],
  );
  const isOutput = target === "-";
  const template = isOutput ? target : intoDirectory(target, remotePath);
  if (isOutput && !["stream", undefined].includes(options.output)) {
    throw new UsageError(
      `Cannot write the file to standard output with --output ${options.output}`,
    );
  }
  return await runTransfer(options, {
    // It would come between the lines of the file.
    title: isOutput ? undefined : `fetch ${oneLine(remotePath)}`,
    begin: (hosts, onProgress, terminal) =>
      isOutput
        ? toOutput(hosts, remotePath, terminal)
        : fetchFrom(hosts, remotePath, template, { onProgress }),
    format: "table",
    text: (value) => {
      const { localPath, size } = value as TransferResult;
      return isOutput ? "" : `${oneLine(localPath!)} ${formatBytes(size)}`;
    },
    record: (value) => {
      const { localPath, size, sha256 } = value as TransferResult;
      return { file: localPath, bytes: size, sha256: sha256.slice(0, 12) };
    },
  });
}

/** Writes the file of one host to standard output, made harmless where that is a terminal. */
function toOutput(
  hosts: readonly string[],
  remotePath: string,
  terminal: Terminal,
): Together<TransferResult> {
  if (hosts.length > 1) {
    throw new UsageError(
      `Cannot write the files of ${hosts.length} hosts to standard output`,
      "give each a file of its own, as in 'logs/{host}.log'",
    );
  }
  const decoder = new TextDecoder();
  return {
    run: (tunnel, signal) =>
      tunnel.fetch(
        remotePath,
        new WritableStream({
          write: (bytes) =>
            terminal.write(
              terminal.outIsTerminal
                ? manyLines(decoder.decode(bytes, { stream: true }))
                : bytes,
            ),
        }),
        { signal },
      ),
  };
}

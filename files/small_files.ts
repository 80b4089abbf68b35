// Small files, which are read and written at once, see the comment of `sync_walk.ts`. It is
// `node:fs` that takes flags for opening and sets permissions of what is open: between one call by
// name and the next, the name may be given to a link or a pipe by whoever may write there.

import { sha256OfWhole } from "./digest.ts";

/** What there is for small files. */
export interface SmallFiles {
  /** The SHA-256 of some bytes, in hexadecimal. */
  sha256(bytes: Uint8Array): string;
  /** Reads up to so many bytes of a file. A link is not followed, a pipe not waited for. */
  read(path: string, size: number): Uint8Array;
  /** Writes a file that is not there yet, with its permissions and time. */
  write(path: string, bytes: Uint8Array, mode: number, mtime: number): void;
}

let loaded: SmallFiles | undefined;

/** Loads it once, as asking for the modules again takes as long as reading a small file. */
export async function smallFiles(): Promise<SmallFiles> {
  return loaded ??= await load();
}

async function load(): Promise<SmallFiles> {
  const { default: fs } = await import("node:fs");
  return over(fs, await sha256OfWhole());
}

function over(
  fs: typeof import("node:fs"),
  sha256: SmallFiles["sha256"],
): SmallFiles {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  return {
    sha256,
    read(path, size) {
      const file = fs.openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
      try {
        const bytes = new Uint8Array(size);
        let used = 0;
        while (used < size) {
          const count = fs.readSync(file, bytes, used, size - used, null);
          if (count === 0) break;
          used += count;
        }
        return bytes;
      } finally {
        fs.closeSync(file);
      }
    },
    write(path, bytes, mode, mtime) {
      const file = fs.openSync(path, "wx", 0o600);
      try {
        for (let used = 0; used < bytes.length;) {
          used += fs.writeSync(file, bytes, used);
        }
        fs.fchmodSync(file, mode);
      } finally {
        fs.closeSync(file);
      }
      // That of `node:fs` loses milliseconds, and cannot go back before 1970.
      Deno.utimeSync(path, new Date(), new Date(mtime));
    },
  };
}

// Lists a tree, a batch at a time: what is kept is the names of the directories that are open.
// Nothing is followed. The calls for single entries block: they take 5 µs, and 25 to 30 µs
// otherwise, which for most trees is most of the work.

import { asFileError, codeOf, FileError } from "./file_error.ts";
import { timeOf } from "./source.ts";
import {
  BATCH_SIZE,
  DIRECTORY,
  type Entry,
  FILE,
  LEAVE,
  LINK,
  MAX_PATH,
  OTHER,
} from "./sync_messages.ts";

/** What is said of a name that Deno gives with a replacement, by which nothing can be found. */
export const NO_NAME = "its name is not valid UTF-8";

/** Entries that are sent together. */
export interface Batch {
  /** The entries. */
  entries: Entry[];
  /** The path of each in the tree, or "". */
  paths: string[];
}

/** A directory that is being listed. */
interface Open {
  path: string;
  /** The names that are left. */
  names: IterableIterator<string>;
  /** Those that are several, which differ in what is not valid UTF-8 and is replaced. */
  unclear: Set<string>;
  /** Why not all of it is listed, if that is so. */
  why: string | null;
}

/**
 * Lists a tree.
 *
 * @param root The absolute path of its root.
 * @param named The absolute path that it was named by, if that is another.
 * @param exclude What to leave out, by its path in the tree; those of directories end in a slash.
 * @throws {FileError} If the root is no directory that can be read.
 */
export async function* walk(
  root: string,
  named: string,
  exclude?: RegExp,
): AsyncGenerator<Batch, void> {
  const roots = [root, named];
  const info = look(root);
  let batch: Batch = {
    entries: [[DIRECTORY, "", permissions(info.mode), timeOf(info)]],
    paths: [""],
  };
  const open: Open[] = [{ path: "", ...await namesIn(root), why: null }];
  while (open.length > 0) {
    if (batch.entries.length >= BATCH_SIZE) {
      yield batch;
      batch = { entries: [], paths: [] };
    }
    const directory = open.at(-1)!;
    const { done, value: name } = directory.names.next();
    if (done) {
      open.pop();
      batch.entries.push([LEAVE, directory.why]);
      batch.paths.push("");
      continue;
    }
    const path = under(directory.path, name);
    const entry: Entry | undefined = directory.unclear.has(name)
      ? [OTHER, name, NO_NAME, true]
      : describe(`${root}/${path}`, name, roots);
    if (entry === undefined) continue; // It has disappeared.
    const isDirectory = entry[0] === DIRECTORY;
    if (exclude?.test(isDirectory ? `${path}/` : path)) continue;
    if (path.length > MAX_PATH) {
      directory.why = "the path of something in it is too long";
      continue;
    }
    let inner: Open | undefined;
    let why: string | undefined;
    try {
      if (isDirectory) {
        inner = { path, ...await namesIn(`${root}/${path}`), why: null };
      }
    } catch (error) {
      if (codeOf(error) === "ENOENT") continue;
      why = asFileError(error).message;
    }
    batch.entries.push(entry);
    batch.paths.push(path);
    if (why !== undefined) {
      batch.entries.push([LEAVE, why]);
      batch.paths.push("");
    } else if (inner !== undefined) open.push(inner);
  }
  yield batch;
}

function look(root: string): Deno.FileInfo {
  try {
    const info = Deno.lstatSync(root);
    if (info.isDirectory) return info;
  } catch (error) {
    throw asFileError(error);
  }
  throw new FileError("not-a-directory", "it is no directory");
}

/** The path of something in a directory of a tree. */
export function under(directory: string, name: string): string {
  return directory === "" ? name : `${directory}/${name}`;
}

/** Its names in order, in which none occurs twice. */
async function namesIn(path: string): Promise<Pick<Open, "names" | "unclear">> {
  const names = new Set<string>();
  const unclear = new Set<string>();
  for await (const { name } of Deno.readDir(path)) {
    (names.has(name) ? unclear : names).add(name);
  }
  return { names: [...names].sort().values(), unclear };
}

function describe(
  path: string,
  name: string,
  roots: string[],
): Entry | undefined {
  try {
    const info = Deno.lstatSync(path);
    const mode = permissions(info.mode);
    if (info.isDirectory) return [DIRECTORY, name, mode, timeOf(info)];
    if (info.isFile) return [FILE, name, mode, timeOf(info), info.size];
    if (!info.isSymlink) {
      const kind = info.isSocket ? "socket" : info.isFifo ? "pipe" : "device";
      return [OTHER, name, `it is a ${kind}`, false];
    }
    const target = Deno.readLinkSync(path);
    // Absolute, and yet to something of this tree: the copy points to the copy.
    const own = roots.find((root) => `${target}/`.startsWith(`${root}/`));
    const inner = own === undefined ? ".." : target.slice(own.length + 1);
    return leadsOut(inner)
      ? [LINK, name, target, false]
      : [LINK, name, inner, true];
  } catch (error) {
    if (codeOf(error) !== "ENOENT") {
      return [OTHER, name, asFileError(error).message, true];
    }
    return name.includes("\ufffd") ? [OTHER, name, NO_NAME, true] : undefined;
  }
}

/** Whether a path leads out of where it begins, as far as it says so itself. */
function leadsOut(path: string): boolean {
  let depth = 0;
  return path.split("/").some((part) => {
    if (part === "..") depth--;
    else if (part !== "" && part !== ".") depth++;
    return depth < 0;
  });
}

function permissions(mode: number | null): number {
  return (mode ?? 0o755) & 0o777;
}

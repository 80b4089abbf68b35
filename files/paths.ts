// Paths as users give them, and where they lead.

import { asFileError, codeOf, FileError } from "./file_error.ts";

/** How many links may lead to a file, as in Linux. */
const MAX_LINKS = 40;

/**
 * Makes a path absolute.
 *
 * @param path The path; one that begins with `~/` is in the home directory.
 * @param base The directory that relative paths are in, by default the working directory.
 */
export function absolute(path: string, base?: string | null): string {
  if (path === "~" || path.startsWith("~/")) {
    const home = Deno.env.get("HOME");
    if (home === undefined) {
      throw new FileError("unknown", "the home directory is not known");
    }
    return normalize(`${home}/${path.slice(1)}`);
  }
  if (path.startsWith("/")) return normalize(path);
  return normalize(
    base == null ? `${Deno.cwd()}/${path}` : `${absolute(base)}/${path}`,
  );
}

/** Drops empty parts and `.`; `..` stays, as what it means is up to links. */
function normalize(path: string): string {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  const end = /\/\.?$/.test(path) && parts.length > 0 ? "/" : "";
  return `/${parts.join("/")}${end}`;
}

/** A directory and a name in it. */
export function split(path: string): [dir: string, name: string] {
  const at = path.lastIndexOf("/");
  return [path.slice(0, at) || "/", path.slice(at + 1)];
}

/** A path in a directory. */
export function join(dir: string, name: string): string {
  return dir === "/" ? `/${name}` : `${dir}/${name}`;
}

/** A file that is to be replaced, or made. */
export interface Target {
  /** Where it is: the end of the links, if there are any. */
  path: string;
  /** What is there now. */
  info: Deno.FileInfo | undefined;
}

/**
 * Finds where a path leads. A link is followed, also one that leads to nothing yet: what it points
 * to gets replaced or made, and the link stays.
 *
 * @throws {FileError} If a file cannot be there.
 */
export async function findTarget(path: string): Promise<Target> {
  for (let links = 0; links <= MAX_LINKS; links++) {
    const info = await lstat(path);
    if (info?.isDirectory || path.endsWith("/")) {
      throw new FileError(
        "directory",
        "it is a directory; name the file in it",
      );
    }
    if (info === undefined || info.isFile) return { path, info };
    if (!info.isSymlink) {
      throw new FileError("not-a-file", "what is there is no regular file");
    }
    const link = await Deno.readLink(path);
    // To a link, `~` is a name like any other.
    path = normalize(link.startsWith("/") ? link : join(split(path)[0], link));
  }
  throw new FileError("unknown", "it leads through too many links");
}

async function lstat(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.lstat(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** A path without slashes at its end, unless it is nothing else. */
export function withoutSlash(path: string): string {
  return path.replace(/(.)\/+$/, "$1");
}

/**
 * The root of a tree: a link to a directory is followed if it is named itself.
 *
 * @throws {FileError} If nothing can be known of it.
 */
export function treeRoot(path: string): string {
  const plain = withoutSlash(path);
  try {
    return Deno.realPathSync(plain);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return plain; // It will be made, or missed by whoever reads it.
    throw asFileError(error);
  }
}

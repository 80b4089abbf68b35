// A folder for what is run again later: whoever can write to it can run code as this user, so that
// it counts only if that is nobody else.

/** Bits of a mode: writable by the group, or by all. */
const WRITABLE_BY_OTHERS = 0o022;

/** Where the cache is to be, if there is any place for it. */
export function ownFolder(): string | undefined {
  try {
    const cache = Deno.env.get("XDG_CACHE_HOME");
    if (cache?.startsWith("/")) return `${cache}/tongs`;
    const home = Deno.env.get("HOME");
    return home?.startsWith("/") ? `${home}/.cache/tongs` : undefined;
  } catch {
    return undefined; // Not permitted.
  }
}

/** Whether a folder is one, no link, and nobody else can write to it. */
export async function isOwnFolder(path: string): Promise<boolean> {
  try {
    const info = await Deno.lstat(path);
    return info.isDirectory && isOwn(info);
  } catch {
    return false;
  }
}

/** Makes the folder, unless it is there. */
export async function makeOwnFolder(path: string): Promise<boolean> {
  // Without knowing whose it is nothing is read from it, either.
  if (ownUser() === undefined) return false;
  await Deno.mkdir(path, { recursive: true, mode: 0o700 });
  return await isOwnFolder(path);
}

/**
 * Opens a file of the folder to read it.
 *
 * @returns Nothing if it is a link, or somebody else's, or somebody else can write to it.
 */
export function openOwn(path: string): Deno.FsFile | undefined {
  // What a link leads to is not even opened: that could be a pipe, which waits for a writer.
  const named = Deno.lstatSync(path);
  if (!named.isFile || !isOwn(named)) return undefined;
  const file = Deno.openSync(path);
  const opened = file.statSync();
  // It may have become another one meanwhile.
  if (opened.ino === named.ino && opened.dev === named.dev && isOwn(opened)) {
    return file;
  }
  file.close();
  return undefined;
}

function isOwn({ uid, mode }: Deno.FileInfo): boolean {
  return uid !== null && uid === ownUser() && mode !== null &&
    (mode & WRITABLE_BY_OTHERS) === 0;
}

function ownUser(): number | undefined {
  // A question to the user is not worth it.
  const { state } = Deno.permissions.querySync({ name: "sys", kind: "uid" });
  return state === "granted" ? Deno.uid() ?? undefined : undefined;
}

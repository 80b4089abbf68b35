// Bundles kept between runs, one file each. Without a place that can be written to, and that nobody
// else can write to, there is no cache, and nothing is said about it.

import { type Fingerprint, fingerprint, installedBy } from "./npm_files.ts";
import { isOwnFolder, makeOwnFolder, openOwn, ownFolder } from "./own_files.ts";
import type { RawSourceMap } from "./npm_bundle.ts";
import type { Part } from "./npm_part.ts";

/** A bundle that can be served. */
export interface Bundle {
  /** Its parts. */
  parts: Part[];
  /** The name of the part for each entry, in their order. */
  entries: string[];
  /** The source map of a part, in JSON, if it is still there. */
  map(name: string): string | undefined;
}

/** A bundle that was just made. */
export interface NewBundle {
  /** Its parts. */
  parts: Part[];
  /** The name of the part for each entry, in their order. */
  entries: string[];
  /** The source maps by part. */
  maps: Map<string, RawSourceMap>;
  /** The files that it was made of and that may change. */
  files: string[];
}

/** What stands at the head of the file, after its size and the digest; the texts follow. */
interface Head {
  id: string;
  entries: string[];
  files: Fingerprint[];
  parts: (Omit<Part, "source"> & { source: number; map: number })[];
}

/** The size of what stands before the head: its size, and the SHA-256 of all but itself. */
const HEAD = 4 + 32;

/** Files that nobody used for so long go. */
const MAX_AGE = 30 * 24 * 3600 * 1000;
const DAY = 24 * 3600 * 1000;

/**
 * A bundle of an earlier run.
 *
 * @param hash What it was made of.
 * @returns Nothing if there is none, or the files it was made of have changed.
 */
export async function cachedBundle(hash: string): Promise<Bundle | undefined> {
  const place = ownFolder();
  if (place === undefined || !await isOwnFolder(place)) return undefined;
  const path = `${place}/npm-${hash}`;
  try {
    const bytes = await read(path);
    if (bytes === undefined || !await isWhole(bytes)) return undefined;
    const size = new DataView(bytes.buffer).getUint32(0);
    const decoder = new TextDecoder();
    const head: Head = JSON.parse(
      decoder.decode(bytes.subarray(HEAD, HEAD + size)),
    );
    const now = await Promise.all(
      head.files.map(([file]) => fingerprint(file)),
    );
    if (JSON.stringify(now) !== JSON.stringify(head.files)) return undefined;
    await touch(path);
    let offset = HEAD + size;
    const maps = new Map<string, [offset: number, size: number]>();
    const parts = head.parts.map((part): Part => {
      const source = bytes.subarray(offset, offset += part.source);
      maps.set(part.name, [offset, part.map]);
      offset += part.map;
      return { ...part, source: decoder.decode(source) };
    });
    if (offset !== bytes.length) return undefined;
    return {
      parts,
      entries: head.entries,
      // They are larger than the code, and most are never looked at.
      map: (name) => readMap(path, size, head.id, maps.get(name)!),
    };
  } catch {
    return undefined;
  }
}

async function read(path: string): Promise<Uint8Array | undefined> {
  using file = openOwn(path);
  if (file === undefined) return undefined;
  const bytes = new Uint8Array((await file.stat()).size);
  for (let done = 0; done < bytes.length;) {
    const count = await file.read(bytes.subarray(done));
    if (count === null) return undefined;
    done += count;
  }
  return bytes;
}

/** Whether all is there as it was written. */
async function isWhole(bytes: Uint8Array): Promise<boolean> {
  const digest = await digestOf([bytes.subarray(0, 4), bytes.subarray(HEAD)]);
  return digest.every((byte, i) => byte === bytes[4 + i]);
}

async function digestOf(bytes: Uint8Array[]): Promise<Uint8Array> {
  const all = await new Blob(bytes as Uint8Array<ArrayBuffer>[]).bytes();
  return new Uint8Array(await crypto.subtle.digest("SHA-256", all));
}

function readMap(
  path: string,
  headSize: number,
  id: string,
  [offset, size]: [number, number],
): string | undefined {
  try {
    using file = openOwn(path);
    if (file === undefined) return undefined;
    const head = readAt(file, HEAD, headSize);
    // Another process may have made it anew.
    if (JSON.parse(head).id !== id) return undefined;
    return readAt(file, offset, size);
  } catch {
    return undefined;
  }
}

function readAt(file: Deno.FsFile, offset: number, size: number): string {
  file.seekSync(offset, Deno.SeekMode.Start);
  const bytes = new Uint8Array(size);
  for (let done = 0; done < size;) {
    const count = file.readSync(bytes.subarray(done));
    if (count === null) throw new Error("It ends too early");
    done += count;
  }
  return new TextDecoder().decode(bytes);
}

/** Keeps a bundle for the runs to come, if there is a place for it. */
export async function keepBundle(
  hash: string,
  made: NewBundle,
): Promise<Bundle> {
  const { parts, entries } = made;
  const maps = new Map(
    [...made.maps].map(([name, map]) => [name, JSON.stringify(map)]),
  );
  await write(hash, made, maps).catch(() => {});
  return { parts, entries, map: (name) => maps.get(name) };
}

async function write(
  hash: string,
  { parts, entries, files }: NewBundle,
  maps: Map<string, string>,
): Promise<void> {
  const place = ownFolder();
  if (place === undefined || !await makeOwnFolder(place)) return;
  const encoder = new TextEncoder();
  const id = crypto.randomUUID();
  const texts: Uint8Array[] = [];
  const head: Head = {
    id,
    entries,
    files: await Promise.all(
      [...new Set([...files, ...installedBy(files)])].map(fingerprint),
    ),
    parts: parts.map((part) => {
      const [source, map] = [part.source, maps.get(part.name)!]
        .map((text) => encoder.encode(text));
      texts.push(source!, map!);
      return { ...part, source: source!.length, map: map!.length };
    }),
  };
  const bytes = encoder.encode(JSON.stringify(head));
  const size = new Uint8Array(4);
  new DataView(size.buffer).setUint32(0, bytes.length);
  const digest = await digestOf([size, bytes, ...texts]);
  const temporary = `${place}/.npm-${id}`;
  try {
    const all = new Blob(
      [size, digest, bytes, ...texts] as Uint8Array<ArrayBuffer>[],
    );
    await Deno.writeFile(temporary, all.stream(), {
      createNew: true,
      mode: 0o600,
    });
    await Deno.rename(temporary, `${place}/npm-${hash}`);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw error;
  }
  await prune(place);
}

async function touch(path: string): Promise<void> {
  const { mtime } = await Deno.stat(path);
  if (Date.now() - (mtime?.getTime() ?? 0) < DAY) return;
  const now = new Date();
  await Deno.utime(path, now, now).catch(() => {});
}

async function prune(place: string): Promise<void> {
  for await (const { name } of Deno.readDir(place)) {
    if (!/^\.?npm-/.test(name)) continue;
    const path = `${place}/${name}`;
    const { mtime } = await Deno.lstat(path);
    if (Date.now() - (mtime?.getTime() ?? 0) > MAX_AGE) {
      await Deno.remove(path).catch(() => {});
    }
  }
}

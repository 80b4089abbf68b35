// What the two sides of a sync tell each other. The sender lists its tree, directory by directory
// in the order of the names; the receiver compares and answers each batch with what it wants; what
// is wanted follows in the same order. All of it goes as records, see `sync_records.ts`.

/** A batch of {@linkcode Entry}s. */
export const ENTRIES = 1;
/** The next bytes of the file that is being sent. */
export const DATA = 2;
/** The file is whole: its SHA-256. */
export const DONE = 3;
/** The file has the content that the receiver has. */
export const SAME = 4;
/** The file has other content, which does not follow: nothing is to be changed. */
export const DIFFERS = 5;
/** The file cannot be sent: why. */
export const UNREADABLE = 6;
/** The tree is complete. */
export const END = 7;

/** The answer to a batch: a {@linkcode Want} for each file. */
export const WANTS = 8;
/** A batch of {@linkcode SyncEvent}s. */
export const EVENTS = 9;

/** A directory begins. */
export const DIRECTORY = 0;
/** It ends. */
export const LEAVE = 1;
/** A regular file. */
export const FILE = 2;
/** A symbolic link. */
export const LINK = 3;
/** What cannot be copied. */
export const OTHER = 4;

/** How many entries are in a batch. */
export const BATCH_SIZE = 256;

/** How many batches may be under way that are not settled. They are what both sides keep. */
export const MAX_BATCHES = 16;

/** The longest path in a tree in UTF-16 units: no system takes a longer one. */
export const MAX_PATH = 4096;

/** How deep a tree may be: no path has more parts. */
export const MAX_TREE_DEPTH = MAX_PATH / 2;

/** The largest answer to a batch, in bytes: what it names are files of that, with a digest each. */
export const MAX_WANTS = 256 * BATCH_SIZE;

/** Files up to this size are read and written at once, in bytes. */
export const SMALL_FILE = 32 * 1024;

/** Something in a tree. Modes are permission bits, times are milliseconds since 1970. */
export type Entry =
  /** The root of the tree, which comes first, has the name "". */
  | [kind: typeof DIRECTORY, name: string, mode: number, mtime: number]
  /** Says why not everything in the directory was listed, if that is so. */
  | [kind: typeof LEAVE, why: string | null]
  | [
    kind: typeof FILE,
    name: string,
    mode: number,
    mtime: number,
    size: number,
  ]
  /** `inside`: the target is a path in the tree, and not what stands in the link. */
  | [kind: typeof LINK, name: string, target: string, inside: boolean]
  /** `failed`: it should have been possible. */
  | [kind: typeof OTHER, name: string, why: string, failed: boolean];

/** A file of a batch by its place in it, and the SHA-256 of what is there already if that may be it. */
export type Want = [position: number, sha256: string | null];

/** What happened to something: what, its path in the tree, and its type or a reason. */
export type SyncEvent = [
  what: "create" | "update" | "attributes" | "delete" | "skip" | "fail",
  path: string,
  detail: string,
];

/** How much there was to do. */
export interface SyncCounts {
  /** The regular files in the source. */
  files: number;
  /** The size of all of them in bytes. */
  size: number;
  /** The files whose content travelled. */
  transferred: number;
  /** The size of these in bytes. */
  bytes: number;
  /** Other things that were made or changed: directories, links, permissions and times. */
  changed: number;
  /** What was removed. */
  deleted: number;
}

/** What was done since the last time. */
export interface SyncProgressStep {
  /** The path of a file in the tree. */
  path?: string;
  /** How many entries were listed. */
  entries?: number;
  /** How many bytes of files are wanted. */
  wanted?: number;
  /** How many files were sent. */
  files?: number;
  /** How many bytes. */
  bytes?: number;
}

// What `sync` and `syncFrom` take and give.

/** How far a sync is. What it has to do grows while the source is being listed. */
export interface SyncProgress {
  /** The host. */
  host: string;
  /** The path in the tree of the last file that went or came; "" before the first. */
  path: string;
  /** How many files, directories and links of the source were looked at. */
  entries: number;
  /** How many files have gone or come. */
  files: number;
  /** How many bytes of them. */
  bytes: number;
  /** How many bytes are known to be wanted. */
  total: number;
}

/** Something that a sync changed, or would change. */
export interface SyncChange {
  /** The host. */
  host: string;
  /**
   * What it did: make something, give it other content, give it other permissions or another time,
   * or remove it.
   */
  kind: "create" | "update" | "attributes" | "delete";
  /** Its path in the tree. */
  path: string;
  /** What it is: `"file"`, `"directory"`, `"link"` or `"other"`. */
  type: string;
}

/** Options of {@linkcode Tunnel.sync} and {@linkcode Tunnel.syncFrom}. */
export interface SyncOptions {
  /**
   * Whether to remove what the source does not have. What is excluded stays, and so does all in a
   * directory that could not be read completely.
   *
   * @default {false}
   */
  delete?: boolean;
  /**
   * What to leave out, and leave as it is on the other side: globs with `*`, `?`, `[…]`, `{a,b}` and
   * `**`. One without a slash holds at any depth, others for the path from the root of the tree; one
   * that ends in a slash holds for directories only.
   */
  exclude?: readonly string[];
  /**
   * Whether to change nothing; the result and {@linkcode SyncOptions.onChange} say what would happen.
   *
   * @default {false}
   */
  dryRun?: boolean;
  /** Takes how far it is: at most ten times a second, and at the end. */
  onProgress?: (progress: SyncProgress) => void;
  /** Takes what is changed, in the order in which it happens. */
  onChange?: (change: SyncChange) => void;
  /** Cancels it. What was copied stays; nothing is half written. */
  signal?: AbortSignal;
}

/** Something that was not copied. */
export interface SyncFailure {
  /** Its path in the tree; "" is the root. */
  path: string;
  /** Why, in words. */
  why: string;
}

/** What a sync did. With `dryRun`: what it would have done. */
export interface SyncResult {
  /** The absolute path of the tree on this side. */
  localPath: string;
  /** The absolute path of the tree on the far side. */
  remotePath: string;
  /** The regular files in the source. */
  files: number;
  /** The size of all of them in bytes. */
  size: number;
  /** The files whose content travelled. */
  transferred: number;
  /** The size of these in bytes. */
  bytes: number;
  /** What else was made or changed: directories, links, and permissions or times alone. */
  changed: number;
  /** What was removed. */
  deleted: number;
  /** Sockets, pipes and devices, which are not copied: the first 1000. */
  skipped: SyncFailure[];
}

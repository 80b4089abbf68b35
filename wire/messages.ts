// What the messages of the protocol hold, one type for each; how they are encoded is the business
// of `encode_value.ts`. Types only, but for the few that are encoded by hand.

/** `Hello` from the controller: what both sides must agree on. */
export interface Hello {
  /** The version of the wire. */
  version: number;
  /** The largest message in bytes. */
  maxMessageSize: number;
}

/** `Hello` from the agent. */
export interface AgentHello extends Hello {
  /** The process of the supervisor. */
  pid: number;
  /** The version of its runtime, such as `"2.9.4"`. */
  deno: string;
  /** The operating system, as in `Deno.build`. */
  os: string;
  /** The architecture, as in `Deno.build`. */
  arch: string;
}

/** What a realm is told about itself. */
export interface RealmHello extends Hello {
  /** Streams up to this one belong to realms before it, see `isUpTo`. */
  after: number;
  /** Its place among the realms of its agent, from 0. */
  slot: number;
  /** The first stream that it may open. Those before belonged to realms in this place before it. */
  first: number;
  /** The hosts from the controller to here. */
  path: string[];
  /** How deep tunnels may nest. */
  depthLimit: number;
}

/** The name of a function. */
export type FunctionName =
  /** A built-in by its way from the global object. */
  | { builtin: string }
  /** An export of a module, or `"*"` for the module itself as a value. */
  | { module: string; name: string }
  /** The `import()` of a module. */
  | { importer: string };

/** A function that goes by value. */
export interface ShippedFunction {
  /** The name of its plan, which was sent before. */
  plan: string;
  /** What its cells hold, encoded with the functions in it; missing if there are none. */
  values?: Uint8Array;
}

/** How a function that goes by value is made, but for the values. */
export interface Plan {
  /** The functions that it is made of, of which some use others. */
  units: ShippedUnit[];
  /** Which one of them is called. */
  root: number;
}

/** One function of several that go along. */
export type ShippedUnit =
  /** One that is there under a name. */
  | FunctionName
  /** One that is bound: the cells are its `this` and its first arguments. */
  | { target: number; cells: number[] }
  /** One that is made by code. */
  | {
    /** The address of the code. */
    code: string;
    /** The cells of its variables, in the order of the code. */
    cells: number[];
    /** Cells that must hold certain units before the code can run. */
    early: [cell: number, unit: number][];
    /** The cell of its properties, if it has any. */
    properties: number | null;
  };

/** `Call`: run a function. */
export interface Call {
  /** Which one. */
  fn: FunctionName | ShippedFunction;
  /** Its arguments. */
  args: unknown[];
  /** The stream of the last `Modules` that must have arrived before. */
  modules: number;
  /** The stream for what it yields, if that is asked for instead of its result. */
  into?: number;
  /** The streams of the channel that is its first argument: what it receives, what it sends. */
  channel?: [receive: number, send: number];
}

/** `Failure`: what a call threw, or why a request came to nothing. */
export interface Failure {
  /** The error, or whatever else was thrown. */
  error: unknown;
}

/**
 * A module as it is served: JavaScript, and the places in it that change where it is loaded.
 * Every place is `[start, end, kind, target?]`.
 */
export interface ModuleRecord {
  /** Its address in the URL space of forwarded modules. */
  url: string;
  /** Its source in JavaScript. */
  source: string;
  /** Its places, from first to last. */
  places: ModulePlace[];
  /** If this is no module but the code of a function, what it is given. */
  code?: CodeContext;
  /** If this is no module but a plan, that. */
  plan?: Plan;
}

/** What the code of a function is given. */
export interface CodeContext {
  /** The addresses of the modules that it imports. */
  imports: string[];
  /** The address of the module that it stands in. */
  referrer: string;
  /** The URL of that module on the controller. */
  url: string;
}

/** A place in a module that is rewritten when it is loaded. */
export type ModulePlace =
  /** The specifier of a static import, with its attributes. */
  | [start: number, end: number, kind: "import", target: string]
  /** Import attributes, of which only the line breaks stay. */
  | [start: number, end: number, kind: "blank"]
  /** `import(` */
  | [start: number, end: number, kind: "dynamic"]
  /** `import.meta` */
  | [start: number, end: number, kind: "meta"];

/** `Modules`: records, or the same deflated. */
export interface Modules {
  /** The records, if they are few. */
  records?: ModuleRecord[];
  /** The encoded records, deflated. */
  deflated?: Uint8Array;
  /** Answers to a `Need`, in its order: the address of each module, or why there is none. */
  answers?: ({ url: string } | { error: string })[];
}

/** `Need`: modules that forwarded code imports by a computed name. */
export interface Need {
  /** The specifier, and the module that it stands in. */
  imports: [specifier: string, referrer: string][];
}

/** `Log`: something was printed or went wrong on the far side. */
export interface Log {
  /** `output` is what a process wrote to its standard output or error. */
  level: "debug" | "info" | "warn" | "error" | "output";
  /** The text, without a line break at its end. */
  text: string;
}

/** `Bind`: the call on a stream is to run in a realm with an environment of its own. */
export interface Bind {
  /** The stream of the call. */
  stream: number;
  /** The place of the realm among those of its agent, from 1. */
  slot: number;
  /** Variables on top of those of the agent. */
  env: Record<string, string>;
  /** The working directory, if it is not that of the agent. */
  cwd: string | null;
}

/** `RealmExit`: a realm has ended. */
export interface RealmExit {
  /** The streams of the controller that ended with it. */
  streams: number[];
  /** Its place among the realms of its agent, or -1 if it ended before. */
  slot: number;
  /** What ended it, in words. */
  reason: string;
}

/** `File` from the controller: what the supervisor is to do. It must fit into a frame. */
export interface FileRequest {
  /** What, such as `"put"`. */
  op: string;
  /** The path that it is about, or `null` for a new file among the temporary ones. */
  path: string | null;
  /** The directory that relative paths are in, if it is not that of the agent. */
  cwd?: string;
  /** With the first request: the extension of the agent that serves them all. */
  code?: string;
}

/** Puts a file there: `Data`, an `End` with a {@linkcode FileEnd}; the result is a `FileDone`. */
export interface PutRequest extends FileRequest {
  op: "put";
  /** Its permission bits. */
  mode: number;
}

/** Fetches a file: `File` with a {@linkcode FileHead}, `Data`, `End`; the result is a `FileDone`. */
export interface FetchRequest extends FileRequest {
  op: "fetch";
  /** Where it is. */
  path: string;
}

/**
 * Makes a copy of a tree there, or sends one from there. The data in both directions are records, see
 * `files/sync_messages.ts`; the result is the absolute `path`, and for `sync` the `counts`.
 */
export interface SyncRequest extends FileRequest {
  op: "sync" | "syncFrom";
  /** Where the tree is there. */
  path: string;
  /** Whether to remove what the source does not have. */
  delete: boolean;
  /** Whether to change nothing. */
  dryRun: boolean;
  /** What to leave out, by its path in the tree. */
  exclude: RegExp | undefined;
  /** Whether to tell of every change. */
  events: boolean;
}

/** What is known of a file before it is read. */
export interface FileHead {
  /** Its absolute path. */
  path: string;
  /** Its size in bytes, which those in /proc and the like do not know. */
  size: number;
  /** Its permission bits. */
  mode: number;
}

/** What was sent of a file. */
export interface FileEnd {
  /** The SHA-256 in hexadecimal. */
  sha256: string;
}

/** A file was sent, or has arrived and is in its place. */
export interface FileDone extends FileEnd {
  /** Its absolute path. */
  path: string;
  /** Its size in bytes. */
  size: number;
}

/** Why something could not be done with a file: the `error` of a `Failure` that answers `File`. */
export interface FileFailure {
  /** The reason, as in `FileErrorReason`. */
  reason: string;
  /** The same in words. */
  text: string;
}

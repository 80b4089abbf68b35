// What the engine knows of a function and no code can ask for: where it was defined, and the
// variables that it sees. It comes through the inspector, in this very thread and at once, so that
// what is read is what was there when a call was made.

import type { Session } from "node:inspector";
import { RecentMap } from "../wire/recent_map.ts";
import { builtinModule } from "./builtin_module.ts";

/** What the engine knows of a function. */
export interface FunctionDetails {
  /** The script that it was defined in. */
  scriptId: string;
  /** Its line in the script as it runs, from 0. */
  line: number;
  /** Its column in the script as it runs, from 0. */
  column: number;
  /** The scopes around it, from the innermost, of the global one only what scripts declared. */
  scopes: VisibleScope[];
  /** Its private static fields, if it is a class that has any. */
  privates: Record<string, unknown>;
}

/** A scope as the engine shows it. */
export interface VisibleScope {
  /** Its kind: `"Module"`, `"Script"`, `"Closure (name)"`, `"Block"`… */
  kind: string;
  /** Its variables. Reading one that has no value yet throws a `ReferenceError`. */
  variables: Record<string, unknown>;
}

/** What a bound function was made of. */
export interface BoundDetails {
  /** The function itself. */
  target: unknown;
  /** Its `this`. */
  boundThis: unknown;
  /** Its first arguments. */
  boundArgs: unknown[];
}

interface Remote {
  value?: unknown;
  unserializableValue?: string;
  objectId?: string;
}

interface Properties {
  internalProperties?: { name: string; value?: Remote }[];
  privateProperties?: { name: string; value?: Remote }[];
}

/** Where this code and the inspector hand each other values. */
const KEY = "tongs: what is looked at";
const GROUP = "tongs";
const globals = globalThis as Record<string, unknown>;

const urls = new Map<string, string>();
/** Scripts without a URL: code that the program makes, of which there may be any number. */
const nameless = new RecentMap<string, true>(1000);
let session: Session | undefined;

/** Whether looking costs no more than a look: the first one loads 40 ms of code. */
export function isInspectorLoaded(): boolean {
  return session !== undefined;
}

/** What the engine knows of `fn`, or `undefined` if it is native or bound. */
export function inspectFunction(fn: unknown): FunctionDetails | undefined {
  return look(fn, ({ internalProperties, privateProperties }) => {
    const internal = byName(internalProperties);
    const location = internal.get("[[FunctionLocation]]")?.value as {
      scriptId: string;
      lineNumber: number;
      columnNumber: number;
    } | undefined;
    if (location === undefined) return undefined;
    const scopes = internal.get("[[Scopes]]");
    return {
      scriptId: location.scriptId,
      line: location.lineNumber,
      column: location.columnNumber,
      scopes: scopes === undefined ? [] : readScopes(scopes),
      privates: Object.fromEntries(
        (privateProperties ?? []).map(({ name, value }) => [
          name,
          value === undefined ? undefined : valueOf(value),
        ]),
      ),
    };
  });
}

/** Whether `fn` is a proxy, of which no code can tell. */
export function isProxy(fn: unknown): boolean {
  return look(
    fn,
    ({ internalProperties }) => byName(internalProperties).has("[[Handler]]"),
  );
}

/** What `fn` is bound to, or `undefined` if it is not bound. */
export function inspectBound(fn: unknown): BoundDetails | undefined {
  return look(fn, ({ internalProperties }) => {
    const internal = byName(internalProperties);
    const target = internal.get("[[TargetFunction]]");
    const args = internal.get("[[BoundArgs]]");
    const boundThis = internal.get("[[BoundThis]]");
    if (!target || !args || !boundThis) return undefined;
    return {
      target: valueOf(target),
      boundThis: valueOf(boundThis),
      boundArgs: Array.from(valueOf(args) as unknown[]),
    };
  });
}

/** Whether a function is the runtime's own. */
export function belongsToRuntime(
  details: FunctionDetails | undefined,
): boolean {
  // What the program makes of text has no scope but the global ones, and no URL to look up.
  return details === undefined ||
    !details.scopes.every(({ kind }) => kind === "Script") &&
      /^(ext|node):/.test(scriptUrl(details.scriptId));
}

/** The URL of a script, or nothing if it has none. */
export function scriptUrl(scriptId: string): string {
  if (nameless.has(scriptId)) return "";
  if (!urls.has(scriptId)) {
    // The profiler lists the scripts that matter in a fifth of the 30 ms that the debugger takes.
    const { result } = post("Profiler.getBestEffortCoverage") as {
      result: { scriptId: string; url: string }[];
    };
    for (const { scriptId, url } of result) {
      if (url !== "") urls.set(scriptId, url);
    }
  }
  if (!urls.has(scriptId)) withDebugger(() => {});
  const url = urls.get(scriptId) ?? "";
  if (url === "") nameless.set(scriptId, true);
  return url;
}

/** The source of a script, as it runs. */
export function scriptSource(scriptId: string): string {
  return withDebugger(() => {
    const { scriptSource } = post("Debugger.getScriptSource", { scriptId }) as {
      scriptSource: string;
    };
    return scriptSource;
  });
}

/** The debugger is on for no longer than it takes: code runs slower under it. */
function withDebugger<T>(action: () => T): T {
  post("Debugger.enable");
  try {
    return action();
  } finally {
    post("Debugger.disable");
  }
}

function look<T>(value: unknown, read: (properties: Properties) => T): T {
  globals[KEY] = value;
  try {
    const { result } = post("Runtime.evaluate", {
      expression: `globalThis[${JSON.stringify(KEY)}]`,
      objectGroup: GROUP,
    }) as { result: Remote };
    return read(
      post("Runtime.getProperties", {
        objectId: result.objectId,
        ownProperties: true,
      }) as Properties,
    );
  } finally {
    delete globals[KEY];
    post("Runtime.releaseObjectGroup", { objectGroup: GROUP });
  }
}

function byName(
  properties: Properties["internalProperties"] = [],
): Map<string, Remote | undefined> {
  return new Map(properties.map(({ name, value }) => [name, value]));
}

/** The value that the inspector speaks of. */
function valueOf(remote: Remote): unknown {
  if (remote.objectId === undefined) {
    const { unserializableValue: text } = remote;
    if (text === undefined) return remote.value;
    return text.endsWith("n") ? BigInt(text.slice(0, -1)) : Number(text);
  }
  post("Runtime.callFunctionOn", {
    objectId: remote.objectId,
    functionDeclaration: `function () { globalThis[${
      JSON.stringify(KEY)
    }] = this; }`,
  });
  return globals[KEY];
}

function readScopes(scopes: Remote): VisibleScope[] {
  const list = valueOf(scopes) as ArrayLike<
    { description: string; object: Record<string, unknown> }
  >;
  const found: VisibleScope[] = Array.from(list)
    .filter(({ description }) => description !== "Global")
    .map(({ description, object }) => ({
      kind: description,
      variables: object,
    }));
  if (!found.some(({ kind }) => kind === "Module")) {
    const variables = declaredGlobals();
    if (Object.keys(variables).length > 0) {
      found.push({ kind: "Script", variables });
    }
  }
  return found;
}

/** Names of global variables that no script declared. */
const undeclared = new Set(["Infinity", "NaN", "undefined"]);

/**
 * What scripts that are no modules, such as cells of a notebook, declared by `var` and `function`.
 * They are properties of the global object, and unlike those of the runtime cannot be deleted.
 */
function declaredGlobals(): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    if (undeclared.has(name)) continue;
    const global = Object.getOwnPropertyDescriptor(globalThis, name)!;
    if (global.configurable) undeclared.add(name);
    else found[name] = global.value;
  }
  return found;
}

function connect(): Session {
  const { Session } = builtinModule<typeof import("node:inspector")>(
    "node:inspector",
  );
  session = new Session();
  session.connect();
  session.on(
    "Debugger.scriptParsed",
    ({ params: { scriptId, url } }) => {
      if (url !== "") urls.set(scriptId, url);
    },
  );
  post("Profiler.enable");
  return session;
}

/**
 * Sends a command and returns its result. Deno runs it at once, like Node, but delivers the answer
 * in the next tick, when variables may have changed; so that tick is run here and now.
 */
function post(method: string, params: object = {}): unknown {
  const inspector = session ?? connect();
  const { process } = globalThis as unknown as {
    process: { nextTick: (callback: () => void) => void };
  };
  const { nextTick } = process;
  const ticks: (() => void)[] = [];
  let outcome: { error: Error | null; result?: unknown } | undefined;
  process.nextTick = (callback) => void ticks.push(callback);
  try {
    inspector.post(
      method,
      params,
      (error, result) => outcome = { error, result },
    );
  } finally {
    process.nextTick = nextTick;
  }
  for (const tick of ticks) tick();
  if (outcome === undefined) {
    throw new Error(
      `Cannot look at functions: the inspector of Deno ${Deno.version.deno} gave no answer to "${method}"`,
    );
  }
  if (outcome.error) throw outcome.error;
  return outcome.result;
}

// Where a function was defined, as the engine knows it.

import type { Session } from "node:inspector";

/** Where a function was defined. */
export interface FunctionLocation {
  /** The URL of its module, or of the runtime's own code. */
  url: string;
  /** Its line, from 1. */
  line: number;
}

interface Property {
  name: string;
  value?: {
    value?: { scriptId: string; lineNumber: number };
  };
}

const KEY = "tongs: the function to locate";
const scripts = new Map<string, string>();
let session: Promise<Session> | undefined;

/** Where `fn` was defined, or `undefined` if it is native. */
export async function locate(
  // deno-lint-ignore no-explicit-any
  fn: (...args: any[]) => unknown,
): Promise<FunctionLocation | undefined> {
  session ??= connect();
  const inspector = await session;
  const globals = globalThis as Record<string, unknown>;
  globals[KEY] = fn;
  let objectId: string;
  try {
    const { result } = await post(inspector, "Runtime.evaluate", {
      expression: `globalThis[${JSON.stringify(KEY)}]`,
    }) as { result: { objectId: string } };
    objectId = result.objectId;
  } finally {
    delete globals[KEY];
  }
  const { internalProperties } = await post(
    inspector,
    "Runtime.getProperties",
    {
      objectId,
      ownProperties: false,
    },
  ) as { internalProperties?: Property[] };
  await post(inspector, "Runtime.releaseObject", { objectId });
  const location = internalProperties?.find(({ name }) =>
    name === "[[FunctionLocation]]"
  )
    ?.value?.value;
  if (location === undefined) return undefined;
  const url = await scriptUrl(inspector, location.scriptId);
  return {
    url,
    line: location.lineNumber + 1,
  };
}

async function connect(): Promise<Session> {
  const { Session } = await import("node:inspector");
  const session = new Session();
  session.connect();
  session.on(
    "Debugger.scriptParsed",
    ({ params: { scriptId, url } }) => scripts.set(scriptId, url),
  );
  await post(session, "Profiler.enable");
  return session;
}

async function scriptUrl(session: Session, scriptId: string): Promise<string> {
  if (!scripts.has(scriptId)) {
    // The profiler lists the scripts that matter in a fifth of the 30 ms that the debugger takes.
    const { result } = await post(
      session,
      "Profiler.getBestEffortCoverage",
    ) as {
      result: { scriptId: string; url: string }[];
    };
    for (const { scriptId, url } of result) scripts.set(scriptId, url);
  }
  if (!scripts.has(scriptId)) {
    await post(session, "Debugger.enable");
    await post(session, "Debugger.disable");
  }
  return scripts.get(scriptId) ?? "";
}

function post(
  session: Session,
  method: string,
  params: object = {},
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    session.post(
      method,
      params,
      (error, result) => error ? reject(error) : resolve(result),
    );
  });
}

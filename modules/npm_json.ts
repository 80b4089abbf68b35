// JSON that a package reads by itself while it runs, most often its own package.json. There is no
// such file on another machine, so that its content is written where it is read; this knows the
// usual ways to write that down.

import { packageRoot } from "./program.ts";

/** Something that reads a JSON file. */
export interface JsonRead {
  /** Where the expression begins. */
  start: number;
  /** Where it ends. */
  end: number;
  /** What to write instead. */
  text: string;
  /** The file. */
  path: string;
}

const STRING = String.raw`"((?:[^"\\]|\\.)*\.json)"`;
const HERE = String.raw`import\.meta\.url`;
const ENCODING = String
  .raw`(?:,\s*(?:"utf-?8"|\{\s*encoding:\s*"utf-?8",?\s*\}))?`;
const READ = String.raw`(?:\b[\w$]+\.)?\breadFileSync\d*`;

/** `const require = createRequire(import.meta.url)` */
const REQUIRES = new RegExp(
  String.raw`\b([\w$]+) = (?:[\w$]+\.)?\w*createRequire\w*\(${HERE}\)`,
  "g",
);
/** `readFileSync(new URL("../package.json", import.meta.url), "utf8")` */
const BY_URL = new RegExp(
  String.raw`${READ}\(\s*new URL\(${STRING}, ${HERE}\)\s*${ENCODING}\s*\)`,
  "g",
);
/** `fs.readFileSync(path.join(__dirname, "..", "package.json"), "utf8")` */
const BY_PATH = new RegExp(
  String
    .raw`${READ}\(\s*(?:[\w$]+\.)?(?:join|resolve)\d*\(__dirname,\s*((?:"[^"\\]*",\s*)*"[^"\\]*\.json")\)\s*${ENCODING}\s*\)`,
  "g",
);

/**
 * Finds where code reads JSON of its own package.
 *
 * @param code The code of one file in the bundle.
 * @param file The path of the file.
 */
export async function findJsonReads(
  code: string,
  file: string,
): Promise<JsonRead[]> {
  if (!code.includes(".json")) return [];
  const found: JsonRead[] = [];
  async function add(
    { 0: { length }, index }: RegExpExecArray,
    relative: string,
    isText: boolean,
  ): Promise<void> {
    const json = await ownJson(relative, file);
    if (json === undefined) return;
    const { path, text } = json;
    // A value of its own for each reader, as each may change it.
    const value = isText
      ? JSON.stringify(text)
      : `(${JSON.stringify(JSON.parse(text))})`;
    found.push({ start: index, end: index + length, text: value, path });
  }
  for (const match of code.matchAll(BY_URL)) {
    await add(match, JSON.parse(`"${match[1]}"`), true);
  }
  for (const match of code.matchAll(BY_PATH)) {
    const parts: string[] = JSON.parse(`[${match[1]}]`);
    await add(match, parts.join("/"), true);
  }
  for (const [, name] of code.matchAll(REQUIRES)) {
    const call = new RegExp(
      String.raw`(?<![\w$.])${RegExp.escape(name!)}\(${STRING}\)`,
      "g",
    );
    for (const match of code.matchAll(call)) {
      await add(match, JSON.parse(`"${match[1]}"`), false);
    }
  }
  return found;
}

/** A file of the same package; nothing else is sent for its sake. */
async function ownJson(
  relative: string,
  file: string,
): Promise<{ path: string; text: string } | undefined> {
  const root = packageRoot(file);
  if (root === undefined || !/^\.{1,2}\/|^[\w-]+\.json$/.test(relative)) {
    return undefined;
  }
  try {
    const folder = file.replace(/[^/]*$/, "");
    const path = await Deno.realPath(`${folder}${relative}`);
    if (!path.startsWith(await Deno.realPath(root) + "/")) return undefined;
    const text = await Deno.readTextFile(path);
    JSON.parse(text);
    return { path, text };
  } catch {
    return undefined; // It will miss it there as it does here.
  }
}

// Trees of a moment: made of a few words, and looked at whole.

/** What a path holds: text, a directory, a link, or either with permissions and a time. */
export type Node =
  | string
  | null
  | { link: string }
  | { text?: string; mode?: number; mtime?: number };

/** A directory of a moment. */
export interface Scratch extends AsyncDisposable {
  /** Its path. */
  dir: string;
  /** A path in it. */
  at(name: string): string;
  /** Makes a tree in it: paths and what they hold; `null` is a directory. Returns its path. */
  tree(name: string, nodes: Record<string, Node>): Promise<string>;
  /** What a tree in it holds, see {@linkcode treeOf}. */
  look(name: string): Promise<Record<string, string>>;
}

/** Makes a directory, which disposing removes. */
export async function scratch(): Promise<Scratch> {
  const dir = await Deno.realPath(
    await Deno.makeTempDir({ prefix: "tongs-tree-" }),
  );
  return {
    dir,
    at: (name) => `${dir}/${name}`,
    async tree(name, nodes) {
      await makeTree(`${dir}/${name}`, nodes);
      return `${dir}/${name}`;
    },
    look: (name) => treeOf(`${dir}/${name}`),
    async [Symbol.asyncDispose]() {
      await new Deno.Command("chmod", { args: ["-R", "u+rwx", dir] }).output();
      await Deno.remove(dir, { recursive: true });
    },
  };
}

/** Makes a tree, or adds to one. */
export async function makeTree(
  root: string,
  nodes: Record<string, Node>,
): Promise<void> {
  await Deno.mkdir(root, { recursive: true });
  const later: [path: string, node: { mode?: number; mtime?: number }][] = [];
  for (const [name, node] of Object.entries(nodes)) {
    const path = `${root}/${name}`;
    await Deno.mkdir(path.replace(/\/[^/]*$/, ""), { recursive: true });
    if (node === null) await Deno.mkdir(path, { recursive: true });
    else if (typeof node === "string") await Deno.writeTextFile(path, node);
    else if ("link" in node) await Deno.symlink(node.link, path);
    else {
      if (node.text === undefined) await Deno.mkdir(path, { recursive: true });
      else await Deno.writeTextFile(path, node.text);
      later.unshift([path, node]);
    }
  }
  // What is in a directory changes its time, and may be forbidden by its permissions.
  for (const [path, { mode, mtime }] of later) {
    if (mtime !== undefined) {
      await Deno.utime(path, new Date(mtime), new Date(mtime));
    }
    if (mode !== undefined) await Deno.chmod(path, mode);
  }
}

/** What a tree holds: the path of each thing, and text, `-> target` or `/`. */
export async function treeOf(root: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  async function visit(path: string): Promise<void> {
    const entries = await Array.fromAsync(Deno.readDir(`${root}${path}`));
    entries.sort((a, b) => a.name < b.name ? -1 : 1);
    for (const { name, isDirectory, isSymlink, isFile } of entries) {
      const at = `${path}/${name}`;
      const key = at.slice(1);
      if (isSymlink) found[key] = `-> ${await Deno.readLink(`${root}${at}`)}`;
      else if (isFile) found[key] = await Deno.readTextFile(`${root}${at}`);
      else if (isDirectory) {
        found[key] = "/";
        await visit(at);
      } else found[key] = "other";
    }
  }
  await visit("");
  return found;
}

/** Permissions and time of something, links not followed. */
export async function attributes(
  path: string,
): Promise<[mode: string, mtime: number]> {
  const { mode, mtime } = await Deno.lstat(path);
  return [(mode! & 0o7777).toString(8), mtime!.getTime()];
}

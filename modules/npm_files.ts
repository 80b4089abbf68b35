// Files that a bundle depends on, and how to see that they have changed.

/** How a file was: its size and times, and which one it was. */
export type Fingerprint = [
  path: string,
  size: number,
  mtime: number,
  ctime: number,
  inode: number,
];

/** What those who install packages leave in a project when they are done. */
const STATE = [
  "node_modules/.package-lock.json",
  "node_modules/.modules.yaml",
  "node_modules/.yarn-state.yml",
  "node_modules/.deno/.setup-cache.bin",
  "deno.lock",
  "package.json",
  "package-lock.json",
  "pnpm-lock.yaml",
  "yarn.lock",
  "bun.lock",
  "bun.lockb",
];

/** How a file is now, whether or not there is one. */
export async function fingerprint(path: string): Promise<Fingerprint> {
  try {
    const { size, mtime, ctime, ino } = await Deno.stat(path);
    return [
      path,
      size,
      mtime?.getTime() ?? 0,
      ctime?.getTime() ?? 0,
      ino ?? 0,
    ];
  } catch {
    return [path, -1, 0, 0, 0];
  }
}

/**
 * Where an install shows that changes what packages import and no file of theirs: in what it leaves
 * in the project, or in a folder of packages within one of them, which need not be there yet.
 *
 * @param files The files that code came from.
 */
export function installedBy(files: string[]): string[] {
  const found = new Set<string>();
  for (const file of files) {
    const project = /^(.*?)\/node_modules\//.exec(file)?.[1];
    const inside = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0];
    if (project === undefined || inside === undefined) continue;
    for (const name of STATE) found.add(`${project}/${name}`);
    found.add(`${inside}/node_modules`);
  }
  return [...found];
}

// Functions that tests of the command line call on hosts.

export function add(a: number, b: number): number {
  return a + b;
}

/** Never ends; leaves a new file in a folder when it begins. */
export function forever(dir?: string): never {
  if (dir !== undefined) Deno.makeTempFileSync({ dir });
  while (true);
}

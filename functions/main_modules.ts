// The modules that are a program rather than a part of one: what they do at their top level is not
// to happen on the far side, so that functions of theirs go by value.

const mains = new Set<string>([Deno.mainModule]);

/** Notes that a module is a program, though Deno started another one. */
export function addMainModule(url: string): void {
  mains.add(url);
}

/** Whether a module is a program. */
export function isMainModule(url: string): boolean {
  return mains.has(url);
}

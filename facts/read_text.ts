// A text file that may be missing, or be nobody's business.

/** Returns the text of a file, or nothing where it is absent or forbidden. */
export function readText(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return undefined;
  }
}

// Files that a command line names.

/** The URL of a file that is named by its path, from the working directory, or by its URL. */
export function toFileUrl(path: string): string {
  if (path.startsWith("file://")) return path;
  const absolute = path.startsWith("/") ? path : `${Deno.cwd()}/${path}`;
  const escaped = absolute.replace(/[%?#\\]/g, encodeURIComponent);
  return new URL(`file://${escaped}`).href;
}

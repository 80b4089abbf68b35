// Paths as URLs and back. `new URL(path, "file:///")` takes `#`, `?` and `%` for what they mean in
// URLs, and `encodeURI` leaves two of them as they are.

/** The URL of a path from the root. */
export function toFileUrl(path: string): string {
  return `file://${encodeURI(path).replace(/[?#]/g, encodeURIComponent)}`;
}

/** The path of a URL of a file. */
export function fromFileUrl(url: string): string {
  return decodeURIComponent(new URL(url).pathname);
}

/**
 * The path from the root for one that may be relative.
 *
 * @param path The path, in which no character means anything but itself.
 * @param folder Where it begins, if it is relative.
 */
export function resolvePath(path: string, folder: string): string {
  const from = `${toFileUrl(folder)}/`;
  const relative = encodeURI(path).replace(/[?#]/g, encodeURIComponent);
  // Else a first part with a colon would be taken for a scheme.
  return fromFileUrl(
    new URL(/^[/.]/.test(relative) ? relative : `./${relative}`, from).href,
  );
}

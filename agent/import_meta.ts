// What `import.meta` is in code that came from the controller. Its paths are the controller's.

/**
 * Makes an `import.meta`.
 *
 * @param url The URL of the module: its address among the forwarded ones, or for a function that
 * goes by value that on the controller.
 */
export function importMeta(url: string): Record<string, unknown> {
  return {
    __proto__: null,
    url,
    main: false,
    ...paths(url),
    resolve: (specifier: unknown) => resolve(String(specifier), url),
  };
}

/** Only modules that are files on the controller have any. */
function paths(url: string): { filename?: string; dirname?: string } {
  const [, path] = /^(?:file|tongs):\/\/(\/[^#?]*)/.exec(url) ?? [];
  // See `modules/urls.ts` for the mark.
  const isForwarded = url.startsWith("tongs:");
  if (path === undefined || isForwarded && /^\/!(?!!)/.test(path)) return {};
  const filename = decodeURIComponent(
    isForwarded ? path.replace(/^\/!!/, "/!") : path,
  );
  return { filename, dirname: filename.replace(/\/[^/]*$/, "") || "/" };
}

function resolve(specifier: string, url: string): string {
  if (/^\.{0,2}\//.test(specifier)) return new URL(specifier, url).href;
  if (URL.canParse(specifier)) return new URL(specifier).href;
  throw new TypeError(
    `Cannot resolve "${specifier}" in "${url}": what names mean is known only to the controller; import() it instead`,
  );
}

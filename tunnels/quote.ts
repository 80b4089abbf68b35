// Quoting for shells of which nothing is known.

/**
 * Quotes an argument so that bash, dash, zsh, fish and busybox sh all read it back unchanged.
 * What stands in single quotes means itself in all of them, but for the backslash in fish; so
 * quotes and backslashes stand outside, each behind a backslash.
 */
export function quote(arg: string): string {
  // At the beginning, "=" means a command's path to zsh and "%" a job to fish.
  if (/^[\w@+:,./-][\w@%+=:,./-]*$/.test(arg)) return arg;
  if (arg.includes("\0")) {
    throw new TypeError(
      `Cannot pass ${JSON.stringify(arg)} to a command: it has a NUL character`,
    );
  }
  const quoted = arg.split(/(['\\])/).map((part) =>
    part === "'" || part === "\\" ? `\\${part}` : part === "" ? "" : `'${part}'`
  ).join("");
  return quoted === "" ? "''" : quoted;
}

// What `deno task bundle` makes `glob.gen.js` of; the one place that names the module for globs.

export { globToRegExp } from "npm:deno-std@1.4.0/path/posix/glob_to_regexp.js";

// What `deno task bundle` makes `lexer.gen.js` of; the one place that names the lexer package. Its
// minimal build loads in half the time of the whole one, and leaves attributes to us.

export { parse } from "npm:es-module-lexer@3.0.5/minimal/js";

// The one place that names the lexer package.

export { type Export, type Import, parse } from "npm:es-module-lexer@3.0.5/js";

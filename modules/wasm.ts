// A WebAssembly module as the JavaScript that stands for it: it imports what the module imports,
// and exports what the module exports.

/**
 * The JavaScript for a WebAssembly module.
 *
 * @param url Where it comes from.
 * @param bytes What it holds.
 * @throws {SyntaxError} If it is none.
 */
export async function wasmModule(
  url: string,
  bytes: Uint8Array,
): Promise<string> {
  let module: WebAssembly.Module;
  try {
    module = await WebAssembly.compile(bytes as Uint8Array<ArrayBuffer>);
  } catch (cause) {
    throw new SyntaxError(
      `Cannot read module "${url}": it is not valid WebAssembly`,
      { cause },
    );
  }
  const quote = JSON.stringify;
  const specifiers = [
    ...new Set(WebAssembly.Module.imports(module).map(({ module }) => module)),
  ];
  const names = WebAssembly.Module.exports(module).map(({ name }) => name);
  return [
    ...specifiers.map((specifier, i) =>
      `import * as i${i} from ${quote(specifier)};`
    ),
    `const module = new WebAssembly.Module(Uint8Array.fromBase64("${bytes.toBase64()}"));`,
    `const { exports } = new WebAssembly.Instance(module, { __proto__: null, ${
      specifiers.map((specifier, i) => `[${quote(specifier)}]: i${i}`)
    } });`,
    ...names.map((name, i) => `const e${i} = exports[${quote(name)}];`),
    `export { ${names.map((name, i) => `e${i} as ${quote(name)}`)} };`,
  ].join("\n");
}

// Makes `bundle.gen.ts`: the boot code and the agent, bundled, minified and deflated. With
// `--check` it only says whether the file is current.

const OUTPUT = new URL("./bundle.gen.ts", import.meta.url);

async function bundle(entry: string, format: "esm" | "cjs"): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "bundle",
      "--quiet",
      "--minify",
      "--platform",
      "deno",
      "--format",
      format,
      entry,
    ],
    cwd: new URL(".", import.meta.url),
  }).output();
  if (!success) {
    throw new Error(
      `Cannot bundle "${entry}": ${new TextDecoder().decode(stderr)}`,
    );
  }
  // The CBOR package takes Node's Buffer where there is one, and in Deno merely asking for it
  // loads 20 ms of code.
  return new TextDecoder().decode(stdout).trim().replaceAll(
    "globalThis.Buffer",
    "void 0",
  );
}

async function deflate(text: string): Promise<Uint8Array> {
  const stream = new Blob([text]).stream().pipeThrough(
    new CompressionStream("deflate-raw"),
  );
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const agent = (await deflate(await bundle("agent.ts", "cjs"))).toBase64();
const boot = await bundle("boot_main.ts", "esm");
const text = `// Made by \`deno task bundle\`; not to be edited.

/** The boot code. */
export const BOOT: string = ${JSON.stringify(boot)};

/** The agent, deflated, in Base64. */
export const AGENT: string = "${agent}";
`;
if (Deno.args[0] === "--check") {
  if (text !== await Deno.readTextFile(OUTPUT)) {
    console.error("agent/bundle.gen.ts is not current: run `deno task bundle`");
    Deno.exit(1);
  }
} else {
  await Deno.writeTextFile(OUTPUT, text);
}

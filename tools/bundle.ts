// Makes the generated files: the CBOR package in one file, the boot code, and the agent. With
// `--check` it only says whether they are current.

const ROOT = new URL("../", import.meta.url);

async function bundle(entry: string, format: "esm" | "cjs"): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["bundle", "--quiet", "--minify", "--platform", "deno"],
      ...["--format", format, entry],
    ],
    cwd: ROOT,
  }).output();
  if (!success) {
    const why = new TextDecoder().decode(stderr);
    throw new Error(`Cannot bundle "${entry}": ${why}`);
  }
  return new TextDecoder().decode(stdout).trim();
}

async function deflate(text: string): Promise<Uint8Array> {
  const stream = new Blob([text]).stream()
    .pipeThrough(new CompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Writes a file, or says that it is not current. */
async function produce(path: string, text: string): Promise<void> {
  const url = new URL(path, ROOT);
  if (await Deno.readTextFile(url).catch(() => "") === text) return;
  if (Deno.args[0] !== "--check") return await Deno.writeTextFile(url, text);
  console.error(`${path} is not current: run \`deno task bundle\``);
  Deno.exitCode = 1;
}

// The CBOR package takes Node's Buffer where there is one, and in Deno merely asking for it loads
// 20 ms of code.
const cbor = (await bundle("wire/cbor_source.ts", "esm"))
  .replaceAll("globalThis.Buffer", "void 0");
await produce(
  "wire/cbor.gen.js",
  `// Made by \`deno task bundle\` of npm:cbor-x@1.6.8, which is
// Copyright (c) 2020 Kris Zyp, under the MIT licence; not to be edited.
${cbor}
`,
);

const agent = (await deflate(await bundle("agent/agent.ts", "cjs"))).toBase64();
const boot = await bundle("agent/boot_main.ts", "esm");
await produce(
  "agent/bundle.gen.ts",
  `// Made by \`deno task bundle\`; not to be edited.

/** The boot code. */
export const BOOT: string = ${JSON.stringify(boot)};

/** The agent, deflated, in Base64. */
export const AGENT: string = "${agent}";
`,
);

// Makes the generated files: outside packages in one file each, the boot code, and the agent. With
// `--check` it only says whether they are current.

import { deflateRawSync } from "node:zlib";
import { bsd, mit } from "./licences.ts";

const ROOT = new URL("../", import.meta.url);

/**
 * Bundles a module and all that it imports.
 *
 * @throws {Error} If the bundler drops a `using`: one whose variable is used once is a variable
 * like any other to it, and its value goes where that is used.
 */
async function bundle(
  entry: string,
  format: "esm" | "cjs",
  external: string[] = [],
): Promise<string> {
  const args = [
    ...external.flatMap((specifier) => ["--external", specifier]),
    ...["--format", format, entry],
  ];
  const [small, plain] = await Promise.all([
    run(["--minify", ...args]),
    run(args),
  ]);
  const usings = (text: string) =>
    text.match(/^(?! *\*).*?\busing [\w$]+ ?=|\busing [\w$]+=/gm)?.length ?? 0;
  if (usings(small) !== usings(plain)) {
    throw new Error(
      `Cannot bundle "${entry}": a \`using\` is lost; use its variable twice`,
    );
  }
  return small;
}

async function run(args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--platform", "deno", ...args],
    cwd: ROOT,
  }).output();
  if (!success) {
    const why = new TextDecoder().decode(stderr);
    throw new Error(`Cannot bundle "${args.at(-1)}": ${why}`);
  }
  return new TextDecoder().decode(stdout).trim();
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

const lexer = await bundle("modules/lexer_source.ts", "esm");
await produce(
  "modules/lexer.gen.js",
  `// Made by \`deno task bundle\` of npm:es-module-lexer@3.0.5; not to be edited.
${mit("Copyright (C) 2018-2022 Guy Bedford")}
${lexer}
`,
);

const sourceMap = await bundle("modules/source_map_source.ts", "esm");
await produce(
  "modules/source_map.gen.js",
  `// Made by \`deno task bundle\` of npm:@jridgewell/trace-mapping@0.3.31; not to be edited.
${mit("Copyright 2024 Justin Ridgewell <justin@ridgewell.name>")}
${sourceMap}
`,
);

const glob = await bundle("tunnels/glob_source.ts", "esm");
await produce(
  "tunnels/glob.gen.js",
  `// Made by \`deno task bundle\` of npm:deno-std@1.4.0; not to be edited.
${mit("Copyright 2018-2026 the Deno authors")}
${glob}
`,
);

// In a function, so that whoever imports the file pays for no more than finding the end of it.
const parser = await bundle("functions/parser_source.ts", "cjs");
await produce(
  "functions/parser.gen.js",
  `// Made by \`deno task bundle\`; not to be edited. It holds npm:acorn@8.19.0 and
// npm:acorn-import-phases@1.0.4, which are
${
    mit(
      "Copyright (C) 2012-2022 by various contributors (see AUTHORS)",
      "Copyright (c) 2025 Nicolò Ribaudo",
    )
  }
//
// and npm:eslint-scope@9.1.2, npm:esrecurse@4.3.0 and npm:estraverse@5.3.0, which are
${
    bsd(
      "Copyright JS Foundation and other contributors, https://js.foundation",
      "Copyright (C) 2012-2014 Yusuke Suzuki (twitter: @Constellation) and other contributors.",
      "Copyright (C) 2012 Ariya Hidayat <ariya.hidayat@gmail.com>",
      "Copyright (C) 2013 Alex Seville <hi@alexanderseville.com>",
      "Copyright (C) 2014 Thiago de Arruda <tpadilha84@gmail.com>",
    )
  }
export default function load() {
const module = { exports: {} };
${parser}
return module.exports;
}
`,
);

// Each connection sends it, so that it is made as small as it gets.
const agent = deflateRawSync(await bundle("agent/agent.ts", "cjs"), {
  level: 9,
});
// What the agent has already, see `agent/extension.ts`.
const shared = ["decode_value", "encode_value", "errors"]
  .map((name) => `../wire/${name}.ts`);
const files = await bundle("agent/file_service.ts", "cjs", shared);
const boot = await bundle("agent/boot_main.ts", "esm");
await produce(
  "agent/bundle.gen.ts",
  `// Made by \`deno task bundle\`; not to be edited.

/** The boot code. */
export const BOOT: string = ${JSON.stringify(boot)};

/** The agent, deflated, in Base64. */
export const AGENT: string = "${agent.toBase64()}";

/** The extension of the agent for files. */
export const FILES: string = ${JSON.stringify(files)};
`,
);

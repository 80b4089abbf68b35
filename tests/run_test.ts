// `tongs run`: a script runs as in `deno run`, and in it "tongs" is tongs.

import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { stripVTControlCharacters } from "node:util";
import { eventually, isAlive } from "./support/processes.ts";
import { type Program, programs } from "./support/program.ts";
import { type Project, project, runScript } from "./support/tunnels.ts";

/** Tests all forms of the program. */
function test(
  name: string,
  files: Record<string, string>,
  body: (program: Program, files: Project) => Promise<void>,
  only: (program: Program) => boolean = () => true,
): void {
  for (const program of programs.filter(only)) {
    Deno.test(`${program.name} run: ${name}`, async () => {
      await using own = await project(files);
      await body(program, own);
    });
  }
}

/** Deno must be asked for what a configuration says. */
const fromSource = ({ name }: Program) => name === "main.ts";

const LIBRARY = `import { remote } from "tongs";
export enum Color { Red = 1, Green }
export const add = (a: number, b: number): number => a + b;
export const whoami = (): string => remote.host;
`;

const CONTROLLER = `import { exported, Local, remote } from "tongs";
import { hostname } from "tongs/facts";
import { add, Color, whoami } from "./lib/add.ts";

await using here = new Local("me");
const facts = await import("tongs/facts");
const named = exported<typeof add>(new URL("lib/add.ts", import.meta.url), "add");
console.log(JSON.stringify([
  await here.call(add, 1, Color.Green),
  await here.call(named, 3, 4),
  await here.call(hostname) === Deno.hostname(),
  await here.call(Deno.hostname) === Deno.hostname(),
  await here.call(whoami),
  remote.host,
  facts.hostname === hostname,
]));
`;

test("a script without a configuration finds tongs and calls functions", {
  "main.ts": CONTROLLER,
  "lib/add.ts": LIBRARY,
}, async ({ run }, { dir }) => {
  for (const name of ["main.ts", `${dir}/main.ts`, `file://${dir}/main.ts`]) {
    const { code, stdout, stderr } = await run(["run", name], { cwd: dir });
    assertEquals(
      [code, stdout, stderr],
      [0, '[3,7,true,true,"me","",true]\n', ""],
    );
  }
  const left = await Array.fromAsync(Deno.readDir(dir));
  assertEquals(left.map(({ name }) => name).sort(), ["lib", "main.ts"]);
});

test("a single script calls what it defines itself, and runs only here", {
  "main.ts": `import { Local } from "tongs";
import { sep } from "node:path";
enum Level { Low = 1, High }
class Scale { constructor(readonly factor: number) {} of(n: number) { return n * this.factor; } static twice = (n: number) => n * 2; }
const helper = (n: number): number => n < 1 ? 0 : n + helper(n - 1);
let base = 1;
console.log("top level");
async function report() {
  const local = { list: [1, 2, 3] };
  await using a = new Local("a"), b = new Local("b"), c = new Local("c");
  base = 10;
  const work = (n: number) => [new Scale(n).of(Level.High), Scale.twice(n), helper(n), base, local.list, sep];
  return await Promise.all([a, b, c].map((place, i) => place.call(work, i + 1)));
}
console.log(JSON.stringify(await report()), import.meta.main);
async function boom() { throw new Error("boom!"); }
await using d = new Local("d");
console.log((await d.call(boom).catch((error) => error.stack)).split("\\n")[1]);
`,
}, async ({ run }, { dir, url }) => {
  const { code, stdout, stderr } = await run(["run", `${dir}/main.ts`]);
  assertEquals([code, stderr], [0, ""]);
  assertEquals(stdout.split("\n"), [
    "top level",
    '[[2,2,1,10,[1,2,3],"/"],[4,4,3,10,[1,2,3],"/"],[6,6,6,10,[1,2,3],"/"]] true',
    `    at boom (${url("main.ts")}:16:31)`,
    "",
  ]);
});

test("a script without any import finds tongs when it needs it", {
  "main.js": `#!/usr/bin/env -S tongs run
const { Local } = await import("tongs");
await using here = new Local();
console.log(await here.call(Math.max, 1, 3, 2));
`,
}, async ({ run }, { dir }) => {
  const { code, stdout, stderr } = await run(["run", `${dir}/main.js`]);
  assertEquals([code, stdout, stderr], [0, "3\n", ""]);
});

test("the configuration of the script holds, but for tongs", {
  "src/main.tsx":
    CONTROLLER.replace('"./lib', '"lib').replace('URL("lib', 'URL("../lib') +
    `const h = (name: string) => console.log(name); void <div />;\n`,
  "lib/add.ts": LIBRARY,
  "deno.json": JSON.stringify({
    imports: { "lib/": "./lib/", "tongs": "./nothing.ts" },
    compilerOptions: { jsx: "react", jsxFactory: "h" },
  }),
}, async ({ run }, { dir }) => {
  const { code, stdout, stderr } = await run(["run", `${dir}/src/main.tsx`]);
  assertEquals(
    [code, stdout, stderr],
    [0, '[3,7,true,true,"me","",true]\ndiv\n', ""],
  );
}, fromSource);

const ITSELF = `import process from "node:process";
import { other } from "./other.ts";
enum Lines { None }
const text = await new Response(Deno.stdin.readable).text();
const { main, url, filename } = import.meta;
console.log(JSON.stringify([
  Deno.args, process.argv.slice(1), import.meta.main, import . meta
    . main, main, url === Deno.mainModule, filename, other, Lines[0], text,
]));
console.error("to stderr");
`;

test(
  "arguments, input and output are the script's, and it is the main module",
  {
    "main.ts": ITSELF,
    "other.ts": "export const other = [import.meta.main, Deno.args];",
  },
  async ({ run }, { dir }) => {
    const args = ["-h", "--", "-x", "a b", "--help", ""];
    const { code, stdout, stderr } = await run(["run", "main.ts", ...args], {
      cwd: dir,
      stdin: "in\nput",
    });
    assertEquals([code, stderr], [0, "to stderr\n"]);
    const path = `${dir}/main.ts`;
    assertEquals(JSON.parse(stdout), [
      ...[args, [path, ...args], true, true, true, true, path],
      ...[[false, args], "None", "in\nput"],
    ]);
  },
);

const ENDINGS = `
enum How { None }
const ends: Record<string, () => unknown> = {
  throws() {
    throw new RangeError(\`too far \${How[0]}\`, { cause: new Error("deep") });
  },
  rejects: () => void Promise.reject(new TypeError("rejected")),
  throwsLater: () => setTimeout(() => { throw new Error("later"); }),
  exits: () => Deno.exit(7),
  exitsLater: () => setTimeout(() => Deno.exit(8)),
  setsTheStatus: () => { Deno.exitCode = 9; },
  setsTheStatusLater: () => setTimeout(() => { Deno.exitCode = 10; }),
  ends: () => { addEventListener("unload", () => console.log("unloaded")); },
};
console.log("begins"); if (import.meta.main) ends[Deno.args[0]!]!();
`;

for (
  const [how, status] of Object.entries({
    throws: 1,
    rejects: 1,
    throwsLater: 1,
    exits: 7,
    exitsLater: 8,
    setsTheStatus: 9,
    setsTheStatusLater: 10,
    ends: 0,
  })
) {
  test(
    `a script that ${how} ends as in deno run`,
    { "main.ts": ENDINGS },
    async ({ run }, own) => {
      const ran = await run(["run", "main.ts", how], { cwd: own.dir });
      const plain = {
        ...ran,
        stderr: stripVTControlCharacters(ran.stderr),
      };
      assertEquals(plain, await runScript(own, "main.ts", [how]));
      assertEquals(ran.code, status);
      if (status === 1) {
        assertMatch(plain.stderr, /^error: Uncaught/);
        assertStringIncludes(plain.stderr, `${own.url("main.ts")}:`);
      }
    },
  );
}

for (
  const [what, source, place] of [
    ["a syntax error", "\nconst = 1;\n", "main.ts:2:7"],
    ["an import that is missing", '\nimport "./none.ts";\n', "none.ts"],
  ] as const
) {
  test(
    `a script with ${what} fails and says where`,
    { "main.ts": source },
    async ({ run }, { dir }) => {
      const { code, stdout, stderr } = await run(["run", `${dir}/main.ts`]);
      assertEquals([code, stdout], [1, ""]);
      const text = stripVTControlCharacters(stderr);
      assertStringIncludes(text, `${dir}/${place}`);
      assert(!/cli\/|JsErrorBox/.test(text), text);
    },
  );
}

const SIGNALS = `
if (Deno.args[0] === "handles") {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR2"] as const) {
    Deno.addSignalListener(signal, () => {
      console.log("got", signal);
      if (signal !== "SIGUSR2") Deno.exit(5);
    });
  }
}
console.log("pid", Deno.pid);
setInterval(() => {}, 1000);
`;

test(
  "signals reach the script",
  { "main.ts": SIGNALS },
  async ({ start }, { dir }) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      await using script = start(["run", `${dir}/main.ts`, "handles"]);
      await script.wrote("pid");
      script.signal("SIGUSR2");
      await script.wrote("got SIGUSR2");
      script.signal(signal);
      const { code, stdout, stderr } = await script.ended;
      assertEquals([code, stderr], [5, ""]);
      assertMatch(
        stdout,
        new RegExp(`^pid \\d+\ngot SIGUSR2\ngot ${signal}\n$`),
      );
    }
  },
);

test(
  "a signal that ends the script ends tongs",
  { "main.ts": SIGNALS },
  async ({ start }, { dir }) => {
    for (
      const [signal, status] of [["SIGINT", 130], ["SIGTERM", 143]] as const
    ) {
      await using script = start(["run", `${dir}/main.ts`]);
      await script.wrote("pid");
      script.signal(signal);
      const { code, stdout, stderr } = await script.ended;
      assertEquals([code, stderr], [status, ""]);
      const pid = Number(/pid (\d+)/.exec(stdout)![1]);
      await eventually(() => !isAlive(pid), { message: "The script is alive" });
    }
  },
);

test("what is no script is an error of the command line", {
  "notes.txt": "",
  "folder.ts/x": "",
}, async ({ run }, { dir }) => {
  for (
    const [args, why, hint] of [
      [["run"], "Cannot run a script: none is named", "tongs run deploy.ts"],
      [["run", "none.ts"], 'Cannot find the file "none.ts"', "name a script"],
      [
        ["run", "-x"],
        'Cannot understand the option "-x" of tongs run',
        "after its name",
      ],
      [
        ["run", "notes.txt"],
        'Cannot run "notes.txt": it is not a JavaScript or TypeScript module',
        "name a script",
      ],
      [
        ["run", "folder.ts"],
        'Cannot run "folder.ts": it is not',
        "name a script",
      ],
      [
        ["none.ts"],
        'Cannot understand the command "none.ts"',
        "tongs run none.ts runs a script",
      ],
      [
        ["rum", "none.ts"],
        'Cannot understand the command "rum"',
        "did you mean run?",
      ],
    ] as const
  ) {
    const { code, stdout, stderr } = await run([...args], { cwd: dir });
    assertEquals([code, stdout], [2, ""]);
    assertStringIncludes(stderr, `tongs: ${why}`);
    assertStringIncludes(stderr, hint);
    assert(!stderr.includes("    at "), stderr);
  }
  for (const help of [["run", "--help"], ["run", "-h"], ["help", "run"]]) {
    const { code, stdout } = await run(help);
    assertEquals(code, 0);
    assertStringIncludes(stdout, "Usage: tongs run SCRIPT.ts [ARG...]");
  }
});

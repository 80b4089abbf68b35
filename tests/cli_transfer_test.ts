// put, fetch and sync on the command line, run as users run them.

import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { jsonLines } from "./support/cli.ts";
import { type Program, programs } from "./support/program.ts";
import { type Project, project } from "./support/tunnels.ts";

/** Tests all forms of the program, each with some files. */
function test(
  name: string,
  body: (program: Program, files: Project) => Promise<void>,
): void {
  for (const program of programs) {
    Deno.test(`${program.name}: ${name}`, async () => {
      await using files = await project({ "site/a": "A", "site/b/c": "C" });
      await body(program, files);
    });
  }
}

/** All below a directory, sorted. */
async function tree(dir: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(dir)) {
    if (!isDirectory) found.push(name);
    else {
      const below = await tree(`${dir}/${name}`);
      found.push(`${name}/`, ...below.map((path) => `${name}/${path}`));
    }
  }
  return found.sort();
}

test(
  "put copies a file, with its mode, and into a directory under its name",
  async ({ run }, { dir }) => {
    await Deno.mkdir(`${dir}/to`);
    const one = await run([
      "put",
      "-H",
      "local:",
      "--mode",
      "750",
      `${dir}/site/a`,
      `${dir}/to/x`,
    ]);
    assertEquals(one, { code: 0, stdout: `${dir}/to/x 1 B\n`, stderr: "" });
    assertEquals((await Deno.stat(`${dir}/to/x`)).mode! & 0o777, 0o750);
    const many = await run(
      ["put", "-H", "local:n[1-3]", "site/b/c", `${dir}/to/`],
      { cwd: dir },
    );
    assertMatch(
      many.stdout,
      /^── n1, n2, n3 \(3 hosts\) ─+\n\S+\/to\/c 1 B\n$/,
    );
    assertMatch(many.stderr, /^tongs: 3 hosts: 3 ok in .*\n$/);
    assertEquals(await tree(`${dir}/to`), ["c", "x"]);
  },
);

test(
  "put takes standard input, for many hosts too",
  async ({ run }, { dir }) => {
    const text = "x".repeat(500_000);
    for (const hosts of ["local:", "local:n[1-3]"]) {
      const ran = await run(
        ["put", "-H", hosts, "--output", "jsonl", "-", `${dir}/in`],
        { stdin: text },
      );
      const [first, ...others] = jsonLines(ran);
      const { size, sha256 } = first!.value as Record<string, unknown>;
      assertEquals([ran.code, size, `${sha256}`.length], [0, 500_000, 64]);
      assertEquals(others.at(-1)!.failed, 0);
      assertEquals((await Deno.readTextFile(`${dir}/in`)).length, 500_000);
    }
  },
);

test(
  "fetch gives each host a file of its own, or writes one to standard output",
  async ({ run }, { dir }) => {
    const args = ["fetch", "-H", "local:n[1-2]", `${dir}/site/a`];
    const many = await run([...args, "got/{host}/"], { cwd: dir });
    assertEquals(many.code, 1); // There is no such directory.
    assertStringIncludes(many.stderr, `there is no such directory`);
    await Deno.mkdir(`${dir}/got`);
    const again = await run([...args, "got/{host}/"], { cwd: dir });
    assertMatch(
      again.stdout,
      /^host +file +bytes +sha256\n[─ ]+\nn1 +\S+\/got\/n1\/a +1 B +\w{12}\nn2 /,
    );
    assertEquals(await tree(`${dir}/got`), ["n1/", "n1/a", "n2/", "n2/a"]);
    const one = await run(["fetch", "-H", "local:", `${dir}/site/b/c`, "-"]);
    assertEquals(one, { code: 0, stdout: "C", stderr: "" });
  },
);

test(
  "sync copies what differs, deletes and leaves out on request, and goes both ways",
  async ({ run }, { dir }) => {
    const sync = (...args: string[]) =>
      run(["sync", "-H", "local:", ...args], { cwd: dir });
    const to = `${dir}/to`;
    const dry = await sync("--dry-run", "site", to);
    assertStringIncludes(dry.stdout, "+ b/c\n");
    assertStringIncludes(dry.stdout, "2 of 2 files would be copied (2 B)");
    assertEquals(await tree(dir), ["site/", "site/a", "site/b/", "site/b/c"]);
    const first = await sync("site", to);
    assertEquals(first.code, 0, first.stderr);
    assertStringIncludes(first.stdout, "2 of 2 files copied (2 B)");
    assertEquals(
      (await sync("site", to)).stdout,
      "0 of 2 files copied (0 B)\n",
    );
    await Deno.writeTextFile(`${to}/extra`, "");
    await Deno.writeTextFile(`${to}/kept.log`, "");
    const third = await sync(
      "--delete",
      "--exclude",
      "*.log",
      "-v",
      "site",
      to,
    );
    assertEquals(
      third.stdout,
      "- extra\n0 of 2 files copied (0 B), 1 deleted\n",
    );
    assertEquals(await tree(to), ["a", "b/", "b/c", "kept.log"]);
    const back = await run(
      ["sync", "-H", "local:n[1-2]", "--from", to, "back-{host}"],
      { cwd: dir },
    );
    assertMatch(back.stdout, /^── n1, n2 \(2 hosts\) ─+\n3 of 3 files copied/);
    assertEquals(await tree(`${dir}/back-n2`), await tree(to));
  },
);

test(
  "a directory of which a part cannot be copied is exit status 1, and what was copied is shown",
  async ({ run }, { dir }) => {
    await Deno.mkdir(`${dir}/to/a/in/the/way`, { recursive: true });
    for (const [i, output] of [[], ["--output", "stream"]].entries()) {
      await Deno.writeTextFile(`${dir}/site/b/new${i}`, "x");
      const args = ["sync", "-H", "local:", "-v", ...output, "site", "to"];
      const { code, stdout, stderr } = await run(args, { cwd: dir });
      assertEquals(code, 1);
      assertStringIncludes(stdout, `+ b/new${i}\n`);
      assertMatch(stdout, /\d of \d files copied/);
      assertStringIncludes(stderr, '"a": a directory that is not empty');
    }
  },
);

test(
  "hosts that are not reached because nobody reads the output are exit status 1",
  async ({ argv, env }, { dir }) => {
    const { code, stderr } = await new Deno.Command("sh", {
      args: [
        "-c",
        // A pipe that nobody reads, from the beginning.
        'mkfifo out && exec 3<>out 4>out 3<&- && "$@" >&4 4>&-',
        "sh",
        ...argv,
        ...["put", "-H", "local:n[1-3]", "-f", "1", "--output", "stream"],
        ...["site/a", `${dir}/x`],
      ],
      cwd: dir,
      env,
      clearEnv: true,
      stdin: "null",
    }).output();
    assertEquals(code, 1);
    assertEquals(
      new TextDecoder().decode(stderr),
      "tongs: Cannot go on as nobody reads the output: 2 of 3 hosts are left\n",
    );
    assertEquals(await Deno.readTextFile(`${dir}/x`), "A");
  },
);

test(
  "what makes no sense is exit status 2, before any host is bothered",
  async ({ run }, { dir }) => {
    const h = ["-H", "local:a,local:b"];
    for (
      const [args, why] of [
        [["put", ...h], "Cannot tell the file and where it goes"],
        [["put", ...h, "site/a"], "Cannot tell where it goes"],
        [["put", ...h, "site/a", "x", "y"], 'Cannot use "y"'],
        [["put", ...h, "missing", "x"], 'Cannot find the file "missing"'],
        [["put", ...h, "site", "x"], "tongs sync copies directories"],
        [["put", ...h, "-", "x/"], "Cannot tell the name of the file"],
        [["put", "-H", "-", "-", "x"], "both the hosts and the file"],
        [["put", ...h, "--mode", "999", "site/a", "x"], "must be octal"],
        [["put", ...h, "--delete", "site/a", "x"], '"--delete" of tongs put'],
        [["put", "site/a", "x"], "name them with -H"],
        [["fetch", ...h, "-dash", "x"], 'the option "-dash" of tongs fetch'],
        [["fetch", ...h, "/etc/hostname", "x"], 'as with "x-{host}"'],
        [
          ["fetch", ...h, "/etc/hostname", "-"],
          "of 2 hosts to standard output",
        ],
        [
          ["fetch", "-H", "local:", "--output", "jsonl", "/etc/hostname", "-"],
          "with --output jsonl",
        ],
        [["sync", ...h, "missing", "x"], 'Cannot find the directory "missing"'],
        [["sync", ...h, "site/a", "x"], "tongs put copies files"],
        [["sync", ...h, "--from", "/etc", "x"], 'as with "x-{host}"'],
        [
          ["sync", ...h, "--exlude", "x", "site", "y"],
          "did you mean --exclude?",
        ],
      ] as [string[], string][]
    ) {
      const { code, stdout, stderr } = await run(args, { cwd: dir });
      assertStringIncludes(stderr, why);
      assertEquals([args, code, stdout], [args, 2, ""]);
    }
    assertEquals(await tree(dir), ["site/", "site/a", "site/b/", "site/b/c"]);
  },
);

test(
  "a host that fails is exit status 1, and the others have their file",
  async ({ run }, { dir }) => {
    await Deno.mkdir(`${dir}/got`);
    await Deno.mkdir(`${dir}/got/n2`);
    const ran = await run([
      "fetch",
      "-H",
      "local:n[1-2]",
      "--output",
      "jsonl",
      `${dir}/site/a`,
      `${dir}/got/{host}`,
    ]);
    const lines = jsonLines(ran);
    const bad = lines.find(({ host }) => host === "n2")!;
    assertEquals((bad.error as Record<string, string>).kind, "file");
    assertEquals([ran.code, lines.at(-1)!.ok, lines.at(-1)!.failed], [1, 1, 1]);
    assertEquals(await tree(`${dir}/got`), ["n1", "n2/"]);
  },
);

test(
  "^C stops a transfer with 130, and nothing half there is left when the prompt is back",
  async ({ start }, { dir }) => {
    await Deno.truncate(`${dir}/site/a`, 2 ** 36); // Sparse, and too much to be through.
    await Deno.mkdir(`${dir}/to`);
    for (
      const args of [
        ["put", "-H", "local:n[1-2]", `${dir}/site/a`, `${dir}/to/a`],
        ["fetch", "-H", "local:n[1-2]", `${dir}/site/a`, `${dir}/to/{host}`],
        ["sync", "-H", "local:n[1-2]", `${dir}/site`, `${dir}/to/s`],
      ]
    ) {
      await using watcher = Deno.watchFs(`${dir}/to`);
      await using running = start(args);
      for await (const { kind } of watcher) {
        if (kind === "modify") break; // Some of it is there.
      }
      running.signal("SIGINT");
      const { code, stderr } = await running.ended;
      assertEquals(code, 130, stderr);
      assertMatch(stderr, /interrupted; 2 hosts: 0 ok, 2 not finished/);
      // The copy of a directory has what was there before it was interrupted, as a whole.
      const left = await tree(`${dir}/to`);
      assert(left.every((path) => /^s\/(b\/(c)?)?$/.test(path)), `${left}`);
      if (left.length > 0) {
        await Deno.remove(`${dir}/to/s`, { recursive: true });
      }
    }
  },
);

test(
  "a terminal shows how far it is, and is left as it was; nobody else sees that",
  async ({ argv, env, run }, { dir }) => {
    await Deno.truncate(`${dir}/site/a`, 2 ** 24);
    const args = ["put", "-H", "local:n[1-2]", `${dir}/site/a`, `${dir}/to`];
    const { stderr } = await run(args);
    // deno-lint-ignore no-control-regex
    assert(!/[█░\x1b]/.test(stderr), stderr);
    for (const quiet of [false, true]) {
      const words = [...argv, ...args, ...quiet ? ["-q"] : []];
      const { code, stdout } = await new Deno.Command("script", {
        args: ["-qec", words.map((word) => `'${word}'`).join(" "), "/dev/null"],
        env: { ...env, TERM: "xterm" },
        clearEnv: true,
        stdin: "null",
      }).output();
      const shown = new TextDecoder().decode(stdout);
      assertEquals(code, 0, shown);
      assertEquals(
        /put \S+ +[█░]+ +\d+% of 32\.0 MiB/.test(shown),
        !quiet,
        shown,
      );
      // The lines are gone before the results come, and the cursor was never hidden.
      const end = shown.slice(shown.lastIndexOf("──"));
      assert(!/[█░]/.test(end) && !shown.includes("\x1b[?25l"), shown);
    }
  },
);

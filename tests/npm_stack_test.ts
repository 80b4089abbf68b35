// Places in npm packages are found at a bounded cost, whatever the far side makes of its stacks.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { ModuleSource } from "../modules/module_source.ts";
import { packageModule } from "../modules/npm_module.ts";
import { Realigner } from "../modules/realign.ts";
import { translatePlaces } from "../modules/stack.ts";

const ORIGINAL = `// One.
function a() {
      throw new Error("a");
}

const b = 1, c = 2;
`;
const PRINTED = `function a() {
  throw new Error("a");
}
const b = 1, c = 2;
`;

/** A part of one file, whose every line is a line of that file; and how often that is read. */
function part(key: string, text = ORIGINAL) {
  const path = "/node_modules/it/index.js";
  const count = { maps: 0, reads: 0 };
  const map = {
    version: 3,
    sources: [path],
    sourcesContent: [PRINTED],
    names: [],
    mappings: "AAAA;AACA;AACA;AACA",
  };
  const module = packageModule(key, {
    part: {
      name: "m0.js",
      source: PRINTED,
      places: [],
      imports: [],
      files: [],
    },
    map: () => {
      count.maps++;
      return JSON.stringify(map);
    },
  }, () => {
    count.reads++;
    if (text === "") throw new Deno.errors.NotFound();
    return text;
  });
  const graph = {
    readable: (url: string) => url.replace("tongs:", "file:"),
    get: () => module,
  } as Partial<ModuleSource> as ModuleSource;
  return { graph, count, path };
}

Deno.test("a place that was printed anew is found by the words before it", () => {
  const realigner = new Realigner(PRINTED, ORIGINAL);
  const places: [number, number][] = [[1, 1], [2, 3], [2, 13], [4, 1], [4, 14]];
  assertEquals(
    places.map(([line, column]) => realigner.original({ line, column }))
      .map(({ line, column }) => [line, column]),
    [[2, 1], [3, 7], [3, 17], [6, 1], [6, 14]],
  );
  for (const line of [5, 1e6, 1e15]) {
    const place = realigner.original({ line, column: 10 });
    assert(place.line <= 7, `${line} became ${place.line}`);
  }
});

Deno.test("a file is read once, however many frames are in it", () => {
  const { graph, count, path } = part("bundle:///once/m0.js");
  const frames = Array.from(
    { length: 50 },
    (_, i) => `    at a (tongs:///!npm/once/m0.js:${i % 3 + 1}:${i + 3})`,
  ).join("\n");
  for (let i = 0; i < 3; i++) {
    assertStringIncludes(
      translatePlaces(frames, graph),
      `    at a (file://${path}:3:`,
    );
  }
  assertEquals(count, { maps: 1, reads: 1 });
});

Deno.test("a file that is gone is looked for once", () => {
  const { graph, count, path } = part("bundle:///gone/m0.js", "");
  const frames = "at tongs:///!npm/gone/m0.js:2:1\n".repeat(50);
  const [first] = translatePlaces(frames, graph).split("\n");
  assertEquals(first, `at file://${path}:2:1`);
  assertEquals(count, { maps: 1, reads: 1 });
});

Deno.test("a text with more places than anybody reads keeps the rest as they are", () => {
  let looked = 0;
  const graph = {
    readable: (url: string) => url.replace("tongs:", "file:"),
    get() {
      looked++;
      return undefined;
    },
  } as Partial<ModuleSource> as ModuleSource;
  const lines = Array.from({ length: 5000 }, (_, i) => `tongs:///a.ts:${i}:1`);
  const result = translatePlaces(
    [...lines, ...lines].join("\n"),
    graph,
  ).split("\n");
  assertEquals(looked, 100);
  assertEquals(result[99], "file:///a.ts:99:1");
  assertEquals(result[100], "tongs:///a.ts:100:1");
  assertEquals(result[5099], result[99]);
});

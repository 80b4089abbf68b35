// What `deno task bundle` makes `source_map.gen.js` of; the one place that names the source map
// package.

export {
  originalPositionFor,
  TraceMap,
} from "npm:@jridgewell/trace-mapping@0.3.31";

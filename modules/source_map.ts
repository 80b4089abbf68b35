// The one place that names the source map package.

export {
  originalPositionFor,
  TraceMap,
} from "npm:@jridgewell/trace-mapping@0.3.31";

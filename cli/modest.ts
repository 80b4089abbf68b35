// Whether a value can be written out at all. A small one can stand for a huge one, as one object
// may occur in it any number of times.

/** How many values may be written because objects occur again. */
const MAX_REPEATED = 1_000_000;

/** How many characters may be written, about. */
const MAX_LENGTH = 256 * 1024 * 1024;

/** Whether writing a value comes to an end soon enough. */
export function isModest(value: unknown): boolean {
  const seen = new Set<object>();
  const path = new Set<object>();
  let repeating = 0;
  let repeated = 0;
  let length = 0;

  function visit(value: unknown): boolean {
    if (repeating > 0 && ++repeated > MAX_REPEATED) return false;
    if (typeof value === "string") return (length += value.length) < MAX_LENGTH;
    if (typeof value !== "object" || value === null || path.has(value)) {
      return true;
    }
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
      return (length += 4 * value.byteLength) < MAX_LENGTH;
    }
    const again = seen.has(value);
    seen.add(value);
    path.add(value);
    if (again) repeating++;
    const modest = parts(value).every(visit);
    if (again) repeating--;
    path.delete(value);
    return modest;
  }
  return visit(value);
}

function parts(value: object): unknown[] {
  if (value instanceof Map) return [...value].flat();
  if (value instanceof Set) return [...value];
  if (Array.isArray(value)) return Object.values(value);
  return [
    ...Object.entries(value).flat(),
    ...Error.isError(value) ? [(value as Error).cause] : [],
  ];
}

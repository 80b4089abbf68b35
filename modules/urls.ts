// The URL space of forwarded modules: `file:///a/b.ts` on the controller is `tongs:///a/b.ts` on
// the far side, so that nothing there takes it for a file of its own. What is no file has an
// address below a first part with a mark: `tongs:///!https/host/b.ts`, `tongs:///!npm/…`.

/** The module that remote code gets for tongs itself. */
export const REMOTE_URL = "tongs:remote";

/** Tongs itself, which remote code gets if it asks for more than `remote`. */
export const LIBRARY_URL: string = new URL("../mod.ts", import.meta.url).href;

/** What stands around an address in a stack is no part of it, so that these are encoded. */
const ENCODED: Record<string, string> = { "(": "%28", ")": "%29", "'": "%27" };

/** The keys of what npm packages were bundled into: `bundle:///set/chunk.js`. */
const BUNDLE = "bundle:///";

/** Both directions, first match wins. A file whose path begins with the mark gets one more. */
const SPACES: [key: RegExp, to: string, forwarded: RegExp, from: string][] = [
  [/^bundle:\/\/\//, "tongs:///!npm/", /^tongs:\/\/\/!npm\//, BUNDLE],
  [
    /^(https?):\/\/([^/]+)/,
    "tongs:///!$1/$2",
    /^tongs:\/\/\/!(https?)\/([^/]+)/,
    "$1://$2",
  ],
  [/^file:\/\/\/!/, "tongs:///!!", /^tongs:\/\/\/!!/, "file:///!"],
  [/^file:/, "tongs:", /^tongs:(?!\/\/\/!)/, "file:"],
];

/** The address on the far side of a module of the controller. */
export function toForwarded(url: string): string {
  const space = SPACES.find(([key]) => key.test(url));
  return (space === undefined ? url : url.replace(space[0], space[1]))
    .replace(/[()']/g, (character) => ENCODED[character]!);
}

/** The address on the controller of a forwarded module. */
export function fromForwarded(url: string): string {
  if (url === REMOTE_URL) return url;
  const space = SPACES.find(([, , forwarded]) => forwarded.test(url));
  return (space === undefined ? url : url.replace(space[2], space[3]))
    .replace(/%2[789]/g, (code) => decodeURIComponent(code));
}

/** The key of a part of a bundle of npm packages. */
export function bundleKey(set: string, chunk: string): string {
  return `${BUNDLE}${set}/${chunk}`;
}

/** Whether a key is that of a part of a bundle. */
export function isBundleKey(key: string): boolean {
  return key.startsWith(BUNDLE);
}

const TYPE = /#type=(\w+)$/;

/**
 * The key of a module that is imported as something other than code. What is in a bundle is what it
 * was imported as.
 */
export function withType(url: string, type: string | undefined): string {
  return type === undefined || isBundleKey(url) ? url : `${url}#type=${type}`;
}

/** The URL in a key. */
export function withoutType(key: string): string {
  return key.replace(TYPE, "");
}

/** The type in a key, if it has one. */
export function typeOf(key: string): string | undefined {
  return TYPE.exec(key)?.[1];
}

// The URL space of forwarded modules: `file:///a/b.ts` on the controller is `tongs:///a/b.ts` on
// the far side, so that nothing there takes it for a file of its own.

/** The module that remote code gets for tongs itself. */
export const REMOTE_URL = "tongs:remote";

/** What the addresses of functions that go by value begin with. */
export const CODE_URL = "tongs:///!code/";

/** What the addresses of plans for such functions begin with; their names follow. */
export const PLAN_URL = "tongs:///!plan/";

/** What stands around an address in a stack is no part of it, so that these are encoded. */
const ENCODED: Record<string, string> = { "(": "%28", ")": "%29", "'": "%27" };

/** The address on the far side of a module of the controller. */
export function toForwarded(url: string): string {
  return url.replace(/^file:/, "tongs:")
    .replace(/[()']/g, (character) => ENCODED[character]!);
}

/** The address on the controller of a forwarded module. */
export function fromForwarded(url: string): string {
  return url === REMOTE_URL ? url : url.replace(/^tongs:/, "file:")
    .replace(/%2[789]/g, (code) => decodeURIComponent(code));
}

const TYPE = /#type=(\w+)$/;

/** The key of a module that is imported as something other than code. */
export function withType(url: string, type: string | undefined): string {
  return type === undefined ? url : `${url}#type=${type}`;
}

/** The URL in a key. */
export function withoutType(key: string): string {
  return key.replace(TYPE, "");
}

/** The type in a key, if it has one. */
export function typeOf(key: string): string | undefined {
  return TYPE.exec(key)?.[1];
}

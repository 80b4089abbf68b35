// The URL space of forwarded modules: `file:///a/b.ts` on the controller is `tongs:///a/b.ts` on
// the far side, so that nothing there takes it for a file of its own.

/** The address on the far side of a module of the controller. */
export function toForwarded(url: string): string {
  return url.replace(/^file:/, "tongs:");
}

/** The address on the controller of a forwarded module. */
export function fromForwarded(url: string): string {
  return url.replace(/^tongs:/, "file:");
}

/** The module that remote code gets for tongs itself. */
export const REMOTE_URL = "tongs:remote";

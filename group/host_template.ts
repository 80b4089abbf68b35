// Where what comes from each host goes: `logs/{host}.log`.

import { absolute, split } from "../files/paths.ts";
import { localPath } from "../tunnels/given_path.ts";

const HOST = "{host}";

/** What each operation makes for each host. */
const MADE = { fetch: "file", sync: "directory" } as const;

/** A place on this side for each host. */
export interface HostPlaces {
  /** The template as a path. */
  template: string;
  /** The absolute path of each host's place. */
  paths: ReadonlyMap<string, string>;
  /** The directory that has to be there; what the template makes below it is made. */
  directory: string;
}

/**
 * Puts hosts into a template, and checks that each has a place of its own, where the template says.
 *
 * @param operation What is done, for errors.
 * @param template The template.
 * @param hosts The hosts.
 * @throws {TypeError} If two hosts would have the same place, or a host's name would lead elsewhere.
 * @throws {FileError} If the template leads nowhere.
 */
export function expandTemplate(
  operation: keyof typeof MADE,
  template: string | URL,
  hosts: readonly string[],
): HostPlaces {
  const given = localPath(template);
  const text = typeof template === "string" ? template : given;
  if (!text.includes(HOST) && hosts.length > 1) {
    throw new TypeError(
      `Cannot ${operation} from ${hosts.length} hosts to "${text}": ` +
        `each must have a ${
          MADE[operation]
        } of its own, as with "${text}-${HOST}"`,
    );
  }
  const paths = new Map<string, string>();
  for (const host of hosts) {
    // deno-lint-ignore no-control-regex
    if (text.includes(HOST) && /^(\.\.?|~)$|[/\x00]/.test(host)) {
      throw new TypeError(
        `Cannot ${operation} from "${host}" to "${text}": its name cannot be part of a path; ` +
          `give it another \`name\``,
      );
    }
    paths.set(host, absolute(text.replaceAll(HOST, () => host)));
  }
  // As of "{host}/../log".
  if (new Set([...paths.values()].map(withoutParents)).size < paths.size) {
    throw new TypeError(
      `Cannot ${operation} from ${hosts.length} hosts to "${text}": ` +
        `its ".." leads them to the same ${MADE[operation]}`,
    );
  }
  const [fixed] = text.split(HOST);
  return { template: text, paths, directory: split(absolute(`${fixed}.`))[0] };
}

/** Where a path leads if there are no links. */
function withoutParents(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else parts.push(part);
  }
  return parts.join("/");
}

// Where each host's file goes: `logs/{host}.log`.

import { absolute, split } from "../files/paths.ts";

const HOST = "{host}";

/** A file for each host. */
export interface HostFiles {
  /** The absolute path of each host's file. */
  paths: ReadonlyMap<string, string>;
  /** The directory that has to be there; what the template makes below it is made. */
  directory: string;
}

/**
 * Puts hosts into a template, and checks that each has a place of its own, where the template says.
 *
 * @param template The template.
 * @param hosts The hosts.
 * @param what What is to be there.
 * @throws {TypeError} If two hosts would have the same place, or a host's name would lead elsewhere.
 */
export function expandTemplate(
  template: string,
  hosts: readonly string[],
  what: "file" | "directory" = "file",
): HostFiles {
  if (!template.includes(HOST) && hosts.length > 1) {
    throw new TypeError(
      `Cannot fetch from ${hosts.length} hosts to "${template}": ` +
        `each must have a ${what} of its own, as with "${template}-${HOST}"`,
    );
  }
  const paths = new Map<string, string>();
  for (const host of hosts) {
    // deno-lint-ignore no-control-regex
    if (template.includes(HOST) && /^(\.\.?|~)$|[/\x00]/.test(host)) {
      throw new TypeError(
        `Cannot fetch from "${host}" to "${template}": its name cannot be part of a path; ` +
          `give it another \`name\``,
      );
    }
    paths.set(host, absolute(template.replaceAll(HOST, () => host)));
  }
  const [fixed] = template.split(HOST);
  return { paths, directory: split(absolute(`${fixed}.`))[0] };
}

// The options of the command line: which there are, and what they say.

import type { SSHOptions } from "../tunnels/ssh.ts";
import { OptionValues } from "./option_values.ts";
import type { Format } from "./output.ts";
import { parseArgs, type ParsedArgs } from "./parse_args.ts";
import { nearest, UsageError } from "./usage_error.ts";

/** What a command line says. */
export interface Options {
  /** The hosts as they were given, each as a pattern, or none if they were not. */
  hosts: string[] | undefined;
  /** The hosts to leave out, each as a pattern. */
  exclude: string[];
  /** Options for each tunnel. */
  tunnel: SSHOptions;
  /** How to show results, if it was said. */
  output: Format | undefined;
  /** Whether to leave out everything but results and errors. */
  quiet: boolean;
  /** Whether to say more. */
  verbose: boolean;
  /** How many hosts to work on at once. */
  fanout: number;
  /** How long each host may take, in milliseconds. */
  timeout: number | undefined;
  /** Whether to say only how many hosts there are. */
  count: boolean;
  /** Whether to name hosts in one short text. */
  fold: boolean;
  /** The permission bits of a file that is put. */
  mode: number | undefined;
  /** Whether to copy from the hosts, and not to them. */
  from: boolean;
  /** Whether to remove what the source does not have. */
  delete: boolean;
  /** Files to leave out. */
  excludeFiles: string[];
  /** Whether to say what would be done, and to do nothing. */
  dryRun: boolean;
  /** Whether help was asked for. */
  help: boolean;
  /** What is not an option. */
  operands: string[];
  /** What came after `--`, if there was one. */
  rest: string[] | undefined;
}

const SHORT: Record<string, string> = {
  H: "host",
  x: "exclude-hosts",
  F: "ssh-config",
  f: "fanout",
  q: "quiet",
  v: "verbose",
  h: "help",
};

const HOST_OPTIONS = ["host", "exclude-hosts"];
const RUN_OPTIONS = [
  "ssh-config",
  "runtime",
  "output",
  "fanout",
  "timeout",
  "connect-timeout",
];
const FLAGS = ["quiet", "verbose", "help"];

/** Options that only one command has: those with a value, and those without. */
const OWN: Record<string, { strings?: string[]; flags?: string[] }> = {
  hosts: { flags: ["count", "fold"] },
  put: { strings: ["mode"] },
  sync: { strings: ["exclude"], flags: ["from", "delete", "dry-run"] },
};

/** Options that API and help promise for later, so that they are no spelling mistakes. */
const LATER = [
  "via",
  "sudo",
  "deadline",
  "retries",
  "max-fail",
  "serial",
  "rerun",
  "dry-run",
  "cron",
  "lock",
];

/**
 * Reads the arguments of a command.
 *
 * @param command Its name.
 * @param args Its arguments.
 * @throws {UsageError} If they make no sense.
 */
export function parseOptions(command: string, args: string[]): Options {
  const own = OWN[command] ?? {};
  const strings = [
    ...HOST_OPTIONS,
    ...command === "hosts" ? [] : RUN_OPTIONS,
    ...own.strings ?? [],
  ];
  const flags = [...FLAGS, ...own.flags ?? []];
  const end = args.indexOf("--");
  const head = end < 0 ? args : args.slice(0, end);
  const unknown: string[] = [];
  const parsed = restored(parseArgs(prepare(head, strings), {
    string: [...strings, "_"],
    boolean: flags,
    collect: [...HOST_OPTIONS, "exclude"].filter((name) =>
      strings.includes(name)
    ),
    alias: shortNames(strings.concat(flags)),
    unknown: (arg, key) => {
      if (key !== undefined) unknown.push(arg);
      return key === undefined;
    },
  }));
  const operands = parsed._;
  // `-dash` has an h, too.
  const help = parsed.help === true &&
    (unknown.length === 0 || head.includes("-h") || head.includes("--help"));
  const rest = end < 0 ? undefined : args.slice(end + 1);
  if (!help) {
    // The command's own options are not ours to know.
    if (command === "exec" && operands.length > 0) {
      missingDashes(args, operands);
    }
    if (unknown[0] !== undefined) {
      unknownOption(unknown[0], command, strings.concat(flags));
    }
  }
  // Whoever wants help is not told what is wrong.
  const values = new OptionValues(help ? { _: [] } : parsed);
  return {
    hosts: head.some((arg) => /^(-H|--host(=|$))/.test(arg))
      ? values.list("host")
      : undefined,
    exclude: values.list("exclude-hosts"),
    tunnel: values.tunnel(),
    output: values.format(),
    quiet: parsed.quiet === true,
    verbose: parsed.verbose === true,
    fanout: values.count("fanout") ?? 64,
    timeout: values.duration("timeout"),
    count: parsed.count === true,
    fold: parsed.fold === true,
    mode: values.mode(),
    from: parsed.from === true,
    delete: parsed.delete === true,
    excludeFiles: values.list("exclude"),
    dryRun: parsed["dry-run"] === true,
    help,
    operands,
    rest,
  };
}

/** What is an option, and not a value such as `-`, or hosts from standard input and others. */
const OPTION = /^-[^,!&\s]/;

/** Spells out what the parser would take for something else, such as `-5`, `-Hweb1` or `-H ""`. */
function prepare(args: string[], names: string[]): string[] {
  const prepared: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    const [, letter = "", value] = /^-([HxFf])(?!=)(.*)$/s.exec(arg) ?? [];
    const name = value === undefined ? arg.slice(2) : SHORT[letter]!;
    const next = args[i + 1];
    if (value !== undefined && value !== "") {
      prepared.push(`--${name}=${value}`);
    } else if (
      arg.startsWith("-") && names.includes(name) && next !== undefined &&
      !OPTION.test(next)
    ) {
      prepared.push(`--${name}=${next}`);
      i++;
    } else prepared.push(/^-(\.?\d|[,!&\s])/.test(arg) ? `\0${arg}` : arg);
  }
  return prepared;
}

/** What was found, without the marks that words got before. */
function restored(parsed: ParsedArgs): ParsedArgs {
  const restore = (arg: string) => arg.replace(/^\0/, "");
  const entries = Object.entries(parsed).map(([name, value]) => [
    name,
    Array.isArray(value)
      ? value.map(restore)
      : typeof value === "string"
      ? restore(value)
      : value,
  ]);
  return Object.fromEntries(entries);
}

function shortNames(names: string[]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(SHORT).filter(([, name]) => names.includes(name)),
  );
}

function missingDashes(args: string[], operands: string[]): never {
  throw new UsageError(
    `Cannot tell the command from the options: "${
      operands[0]
    }" is not behind "--"`,
    `tongs exec ${args.slice(0, args.indexOf(operands[0]!)).join(" ")} -- ${
      args.slice(args.indexOf(operands[0]!)).filter((arg) => arg !== "--").join(
        " ",
      )
    }`,
  );
}

function unknownOption(
  arg: string,
  command: string,
  names: string[],
): never {
  const name = arg.replace(/^-+/, "").replace(/=.*$/s, "");
  if (arg.startsWith("--") && LATER.includes(name)) {
    throw new UsageError(`Cannot use "--${name}" yet`);
  }
  const meant = name.length > 1 ? nearest(name, names) : undefined;
  throw new UsageError(
    `Cannot understand the option "${arg}" of tongs ${command}`,
    meant !== undefined
      ? `did you mean --${meant}?`
      : command === "call"
      ? "write -- before arguments of the function that begin with a dash"
      : `tongs ${command} --help lists the options`,
  );
}

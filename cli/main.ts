// The command line: finds the command and runs it. It says what is wrong in one line, and never
// shows a stack for it.

import { isCode } from "../modules/transform.ts";
import { EXIT } from "./exit.ts";
import { COMMAND_NAMES, helpText, VERSION } from "./help.ts";
import { type Options, parseOptions } from "./options.ts";
import { Terminal } from "./terminal.ts";
import { nearest, UsageError } from "./usage_error.ts";

/**
 * Runs the program.
 *
 * @param args Its arguments.
 * @returns Its exit status.
 */
export async function main(args: string[]): Promise<number> {
  const terminal = new Terminal();
  try {
    return await dispatch(args, terminal);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    terminal.error(error.message, error.hint);
    return EXIT.usage;
  }
}

async function dispatch(args: string[], terminal: Terminal): Promise<number> {
  const [command, ...rest] = args;
  if (command === undefined) {
    terminal.writeErr(`${helpText()}\n`);
    return EXIT.usage;
  }
  if (["--version", "-V", "version"].includes(command)) {
    await terminal.write(`${VERSION}\n`);
    return EXIT.ok;
  }
  if (isHelp(command) || command === "help") {
    checkCommand(rest[0] ?? "exec");
    await terminal.write(`${helpText(rest[0])}\n`);
    return EXIT.ok;
  }
  checkCommand(command);
  // All that follows the script's name is the script's.
  if (command === "run" && !isHelp(rest[0])) return await run(rest);
  const options = parseOptions(command, rest);
  if (options.help) {
    await terminal.write(`${helpText(command)}\n`);
    return EXIT.ok;
  }
  return await runCommand(command, options);
}

function isHelp(word: string | undefined): boolean {
  return word === "--help" || word === "-h";
}

function checkCommand(command: string): void {
  if (COMMAND_NAMES.includes(command)) return;
  if (command.startsWith("-")) {
    throw new UsageError(
      `Cannot understand the option "${command}" before a command`,
      "the command comes first, as in tongs exec -H web1 -- uptime",
    );
  }
  const meant = nearest(command, COMMAND_NAMES);
  throw new UsageError(
    `Cannot understand the command "${command}"`,
    isCode(command)
      ? `tongs run ${command} runs a script`
      : meant === undefined
      ? `the commands are ${COMMAND_NAMES.join(", ")}; tongs --help tells more`
      : `did you mean ${meant}?`,
  );
}

async function run(words: string[]): Promise<number> {
  const [first, ...others] = words;
  if (first !== undefined && /^-./.test(first) && first !== "--") {
    throw new UsageError(
      `Cannot understand the option "${first}" of tongs run`,
      "options of the script come after its name",
    );
  }
  const { runScript } = await import("./script.ts");
  return await runScript(first === "--" ? others : words);
}

/** Only what the command needs is loaded. */
async function runCommand(command: string, options: Options): Promise<number> {
  switch (command) {
    case "call":
      return await (await import("./call.ts")).call(options);
    case "exec":
      return await (await import("./exec.ts")).exec(options);
    case "put":
      return await (await import("./put.ts")).put(options);
    case "fetch":
      return await (await import("./fetch.ts")).fetch(options);
    case "sync":
      return await (await import("./sync.ts")).sync(options);
    case "ping":
      return await (await import("./ping.ts")).ping(options);
    default:
      return await (await import("./hosts.ts")).hosts(options);
  }
}

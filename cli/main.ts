// The command line: finds the command and runs it. It says what is wrong in one line, and never
// shows a stack for it.

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
  if (["--help", "-h", "help"].includes(command)) {
    checkCommand(rest[0] ?? "exec");
    await terminal.write(`${helpText(rest[0])}\n`);
    return EXIT.ok;
  }
  checkCommand(command);
  const options = parseOptions(command, rest);
  if (options.help) {
    await terminal.write(`${helpText(command)}\n`);
    return EXIT.ok;
  }
  return await runCommand(command, options);
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
    meant === undefined
      ? `the commands are ${COMMAND_NAMES.join(", ")}; tongs --help tells more`
      : `did you mean ${meant}?`,
  );
}

/** Only what the command needs is loaded. */
async function runCommand(command: string, options: Options): Promise<number> {
  switch (command) {
    case "call":
      return await (await import("./call.ts")).call(options);
    case "exec":
      return await (await import("./exec.ts")).exec(options);
    case "ping":
      return await (await import("./ping.ts")).ping(options);
    default:
      return await (await import("./hosts.ts")).hosts(options);
  }
}

// What follows options on the command line, checked.

import type { SSHOptions } from "../tunnels/ssh.ts";
import { parseDuration } from "./duration.ts";
import { type Format, FORMATS } from "./output.ts";
import type { ParsedArgs } from "./parse_args.ts";
import { UsageError } from "./usage_error.ts";

/** The values of options, checked. */
export class OptionValues {
  #parsed: ParsedArgs;

  constructor(parsed: ParsedArgs) {
    this.#parsed = parsed;
  }

  text(name: string): string | undefined {
    const value = this.#parsed[name];
    if (value === "") throw missingValue(name);
    return typeof value === "string" ? value : undefined;
  }

  list(name: string): string[] {
    const values = this.#parsed[name];
    if (!Array.isArray(values)) return [];
    if (values.includes("")) throw missingValue(name);
    return values;
  }

  duration(name: string): number | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : parseDuration(text, `--${name}`);
  }

  count(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (!/^[1-9]\d{0,5}$/.test(text)) {
      throw new UsageError(
        `Cannot use "${text}" for --${name}: it must be a number above 0`,
      );
    }
    return Number(text);
  }

  mode(): number | undefined {
    const text = this.text("mode");
    if (text === undefined) return undefined;
    if (!/^[0-7]{3,4}$/.test(text)) {
      throw new UsageError(
        `Cannot use "${text}" for --mode: it must be octal, as in 755`,
      );
    }
    return parseInt(text, 8);
  }

  format(): Format | undefined {
    const text = this.text("output");
    if (text === undefined) return undefined;
    const format = FORMATS.find((format) => format === text);
    if (format === undefined) {
      throw new UsageError(
        `Cannot show results as "${text}"`,
        `--output takes ${FORMATS.join(", ")}`,
      );
    }
    return format;
  }

  tunnel(): SSHOptions {
    const config = this.text("ssh-config");
    const runtime = this.text("runtime");
    const connectTimeout = this.duration("connect-timeout");
    if (config !== undefined) checkFile(config);
    return {
      ...(config === undefined ? {} : { config }),
      ...(runtime === undefined ? {} : { runtime }),
      ...(connectTimeout === undefined ? {} : { connectTimeout }),
    };
  }
}

function missingValue(name: string): UsageError {
  return new UsageError(`Cannot use --${name} without a value`);
}

/** It would otherwise be found missing by each host anew. */
function checkFile(path: string): void {
  try {
    Deno.statSync(path);
  } catch (error) {
    throw new UsageError(
      `Cannot read the ssh configuration "${path}": ${
        (error as Error).message
      }`,
    );
  }
}

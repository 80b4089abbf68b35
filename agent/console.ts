// What user code says on the console, and errors that nothing caught, become log messages.

import type { Log } from "../wire/messages.ts";

const LEVELS = {
  debug: "debug",
  log: "info",
  info: "info",
  trace: "debug",
  warn: "warn",
  error: "error",
} as const;

/**
 * Sends what goes to `console` to `log`.
 *
 * @param log Takes each message.
 * @param translate Puts the controller's addresses of modules into a text.
 */
export function forwardConsole(
  log: (log: Log) => void,
  translate: (text: string) => string,
): void {
  for (const [method, level] of Object.entries(LEVELS)) {
    Object.defineProperty(console, method, {
      value: (...args: unknown[]) =>
        log({ level, text: translate(format(args)) }),
      writable: true,
      configurable: true,
    });
  }
  function uncaught(error: unknown, what: string): void {
    const text = Error.isError(error)
      ? String((error as Error).stack)
      : format([error]);
    log({ level: "error", text: translate(`Uncaught ${what}${text}`) });
  }
  addEventListener("error", (event) => {
    event.preventDefault();
    uncaught(event.error, "");
  });
  addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    uncaught(event.reason, "(in promise) ");
  });
}

/** Formats arguments as the console does. */
function format(args: unknown[]): string {
  const [first, ...rest] = args;
  if (typeof first === "string" && rest.length > 0 && first.includes("%")) {
    const text = first.replace(
      /%([sdifoOcj%])/g,
      (whole, directive: string) => {
        if (directive === "%") return "%";
        if (rest.length === 0) return whole;
        const value = rest.shift();
        switch (directive) {
          case "d":
          case "f":
            return String(Number(value));
          case "i":
            return String(Math.trunc(Number(value)));
          case "c":
            return "";
          default:
            return inspect(value);
        }
      },
    );
    return [text, ...rest.map(inspect)].join(" ");
  }
  return args.map(inspect).join(" ");
}

function inspect(value: unknown): string {
  return typeof value === "string"
    ? value
    : Deno.inspect(value, { colors: false });
}

// Functions that fail in all ways there are.

export class OwnError extends Error {
  override name = "OwnError";
  readonly code = 42;
  readonly details = { list: [1, new Map([["a", 1]])] };
}

export function fail(how: string): unknown {
  switch (how) {
    case "plain":
      throw new Error("plain message");
    case "own":
      throw new OwnError("own message", {
        cause: new TypeError("inner", { cause: "root" }),
      });
    case "aggregate":
      throw new AggregateError([
        new RangeError("one"),
        "two",
        new OwnError("three"),
      ], "several");
    case "rejected":
      return Promise.reject(new SyntaxError("rejected"));
    case "string":
      throw "a string";
    case "undefined":
      throw undefined;
    case "null":
      throw null;
    case "object":
      throw { code: 7 };
    case "function":
      throw () => {};
    case "holding a function":
      throw Object.assign(new Error("holding"), { callback: () => {} });
    case "cycle": {
      const error = new Error("cycle");
      error.cause = error;
      throw error;
    }
    case "frozen":
      throw Object.freeze(new Error("frozen"));
    case "no stack":
      throw Object.assign(new Error("no stack"), { stack: undefined });
    case "odd name":
      throw Object.assign(new Error("odd"), { name: "" });
    case "getter":
      throw Object.defineProperty(new Error("getter"), "trap", {
        enumerable: true,
        get() {
          throw new Error("trapped");
        },
      });
    case "DOMException":
      throw new DOMException("dom", "AbortError");
    case "huge":
      throw new Error("x".repeat(1024 * 1024));
    case "thenable":
      return {
        then: (_: unknown, reject: (error: Error) => void) =>
          reject(new Error("thenable")),
      };
    case "deep": {
      let error = new Error("0");
      for (let i = 1; i < 5000; i++) {
        error = new Error(String(i), { cause: error });
      }
      throw error;
    }
    case "overflow":
      return fail(how);
    case "proxy":
      throw new Proxy({}, {
        get() {
          throw new Error("trapped");
        },
      });
  }
}

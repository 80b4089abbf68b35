// A module whose function is another one's.

export * from "./one.ts";

// The entry of the agent's bundle: one source for both processes.

export { supervise } from "./supervisor.ts";
export { runRealm } from "./realm.ts";

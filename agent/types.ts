// What the parts of the agent hand each other, and what the controller hands the agent first.

/** The first block that the controller sends, as JSON. */
export interface AgentConfig {
  /** The line that the agent says first, so that noise before it can be told from it. */
  magic: string;
  /** What `ps` shows. */
  title: string;
  /** The hosts from the controller to here. */
  path: string[];
  /** How deep tunnels may nest. */
  depthLimit: number;
  /** The arguments after the runtime's path that start a realm; "" is the main module. */
  realmArgs: string[];
  /** Environment variables for user code, on top of what the agent has. */
  env: Record<string, string>;
  /** The working directory of user code. */
  cwd: string | null;
  /** How long a realm may take to answer a cancellation, in milliseconds. */
  grace: number;
  /** After how much silence to ask for a sign of life, in milliseconds; 0 is never. */
  keepAlive: number;
}

/** A realm that was started and has been sent its code. */
export interface RealmProcess {
  /** Its process. */
  process: Deno.ChildProcess;
  /** Its standard input. */
  writer: WritableStreamDefaultWriter<Uint8Array>;
}

/** What {@linkcode AgentModule.supervise} takes. */
export interface SupervisorStart {
  /** What the controller sent first. */
  config: AgentConfig;
  /** The first realm, which is starting. */
  realm: RealmProcess;
  /** Bytes of the protocol that were read already. */
  head: Uint8Array;
  /** Starts one more. */
  spawnRealm(env: Record<string, string>, cwd: string | null): RealmProcess;
}

/** What {@linkcode AgentModule.runRealm} takes. */
export interface RealmStart {
  /** Where the supervisor's frames come from. */
  input: Deno.FsFile;
  /** Where frames to it go. */
  output: Deno.FsFile;
  /** Bytes of the protocol that were read already. */
  head: Uint8Array;
}

/** The bundle that the boot code loads. */
export interface AgentModule {
  /** Runs the supervisor until the controller is gone. */
  supervise(start: SupervisorStart): Promise<void>;
  /** Runs a realm until its supervisor is gone. */
  runRealm(start: RealmStart): Promise<void>;
}

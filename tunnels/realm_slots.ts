// Which realm a call goes to, and what each of them has been sent.

import type { ModuleProvider } from "../modules/provider.ts";
import { MAX_REALMS } from "../wire/limits.ts";
import type { Bind } from "../wire/messages.ts";

/** The environment of a call, where it is not that of the tunnel. */
export type CallEnvironment = Pick<Bind, "env" | "cwd">;

/** The realms of one agent: one for each environment that calls asked for. */
export class RealmSlots {
  #host: string;
  #makeProvider: () => ModuleProvider;
  #slots = new Map<string, number>();
  #modules: RealmModules[] = [];

  constructor(host: string, makeProvider: () => ModuleProvider) {
    this.#host = host;
    this.#makeProvider = makeProvider;
  }

  /**
   * The place of the realm for an environment; 0 is that of the tunnel's own.
   *
   * @throws {RangeError} If there are too many of them.
   */
  find(environment: CallEnvironment | undefined): number {
    if (environment === undefined) return 0;
    const { env, cwd } = environment;
    const key = JSON.stringify([cwd, Object.entries(env).sort()]);
    const known = this.#slots.get(key);
    if (known !== undefined) return known;
    const slot = this.#slots.size + 1;
    if (slot >= MAX_REALMS) {
      throw new RangeError(
        `Cannot use more than ${
          MAX_REALMS - 1
        } environments on "${this.#host}" at once: ` +
          `close the tunnel to start over`,
      );
    }
    this.#slots.set(key, slot);
    return slot;
  }

  /** What the realm in a place has been sent. */
  modules(slot: number): RealmModules {
    return this.#modules[slot] ??= new RealmModules(this.#makeProvider());
  }

  /** Notes that the realm in a place is gone. */
  forget(slot: number): void {
    delete this.#modules[slot];
  }
}

/**
 * The modules of one realm. Pushes to it happen one after the other, so that a call never
 * overtakes the modules it needs.
 */
export class RealmModules {
  /** Decides what to send. */
  readonly provider: ModuleProvider;

  #last = 0;
  #pending = 0;
  #tail = Promise.resolve();

  constructor(provider: ModuleProvider) {
    this.provider = provider;
  }

  /** The stream of the last push. */
  get last(): number {
    return this.#last;
  }

  /** Whether a module and all it needs are there or under way. */
  has(module: string): boolean {
    return this.#pending === 0 && this.provider.has(module);
  }

  /**
   * Sends a module and all it needs.
   *
   * @param send Sends the message and returns its stream.
   * @param keep Sees to it that the module is known when its turn comes.
   */
  async push(
    module: string,
    send: (payload: Uint8Array) => number,
    keep?: () => void,
  ): Promise<void> {
    this.#pending++;
    const pushed = this.#tail.then(async () => {
      if (this.provider.has(module)) return; // By a push that was under way already.
      keep?.();
      const payload = await this.provider.push(module);
      if (payload !== undefined) this.#last = send(payload);
    });
    this.#tail = pushed.catch(() => {});
    try {
      await pushed;
    } finally {
      this.#pending--;
    }
  }
}

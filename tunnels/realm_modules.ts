// The modules of one realm: pushes to it happen one after the other, so that a call never
// overtakes the modules it needs.

import type { ModuleProvider } from "../modules/provider.ts";

/** What one realm was sent. */
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
   */
  async push(
    module: string,
    send: (payload: Uint8Array) => number,
  ): Promise<void> {
    this.#pending++;
    const pushed = this.#tail.then(async () => {
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

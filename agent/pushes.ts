// Modules that the controller sends ahead of the calls that need them.

import { isUpTo } from "../wire/frame.ts";

/** How many pushes are told apart; a call waits for the last one before it. */
const MAX_PUSHES = 1000;

/** The pushes of modules to a realm, by the numbers of their streams. */
export class Pushes {
  /** The last number before this realm. Pushes to an earlier one never arrive here. */
  after = 0;
  #pushes = new Map<number, PromiseWithResolvers<void>>();

  /** Takes a push. */
  take(id: number, taken: Promise<void>): void {
    this.#get(id).resolve(taken);
  }

  /** Resolves when the modules of a push are there; the loader asks for what is missing. */
  async arrival(id: number): Promise<void> {
    if (id !== 0 && !isUpTo(id, this.after)) await this.#get(id).promise;
  }

  #get(id: number): PromiseWithResolvers<void> {
    let push = this.#pushes.get(id);
    if (push === undefined) {
      this.#pushes.set(id, push = Promise.withResolvers());
      if (this.#pushes.size > MAX_PUSHES) this.#forget();
    }
    return push;
  }

  /** Takes the oldest push for arrived. */
  #forget(): void {
    const [id, push] = this.#pushes.entries().next().value!;
    push.resolve();
    this.#pushes.delete(id);
    if (!isUpTo(id, this.after)) this.after = id;
  }
}

// A network namespace of a test's own: a host that reaches this machine over one link, and nothing
// else, as it has no other route and no name server that answers.
import { findProgram } from "./sshd.ts";

/** A namespace that exists until it is disposed of. */
export interface Namespace extends AsyncDisposable {
  /** Its name, for `ip netns exec`. */
  readonly name: string;
  /** Its address. */
  readonly host: string;
}

const ATTEMPTS = 20;

/** Why there cannot be one here, if so. */
export const namespaceMissing: string | undefined = Deno.uid() !== 0
  ? "root"
  : findProgram("ip") === undefined
  ? "ip"
  : undefined;

async function ip(...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("ip", { args }).output();
  if (success) return;
  const why = new TextDecoder().decode(stderr).trim();
  throw new Error(`Cannot run ip ${args.join(" ")}: ${why}`);
}

/** Makes a namespace with a link to this machine. */
export async function makeNamespace(): Promise<Namespace> {
  for (let attempt = 1;; attempt++) {
    const [a, b, c, d] = crypto.getRandomValues(new Uint8Array(4));
    const name = `tg${new Uint8Array([a!, b!, c!, d!]).toHex()}`;
    const net = `10.${200 + a! % 50}.${b}.${c! & 0xfc}`.split(".");
    const [here, there] = [1, 2].map((i) =>
      [...net.slice(0, 3), Number(net[3]) + i].join(".")
    );
    await ip("netns", "add", name);
    try {
      await ip(
        ...["link", "add", name, "type", "veth"],
        ...["peer", "name", "eth0", "netns", name],
      );
      await ip("addr", "add", `${here}/30`, "dev", name);
      await ip("link", "set", name, "up");
      await ip("-n", name, "addr", "add", `${there}/30`, "dev", "eth0");
      await ip("-n", name, "link", "set", "eth0", "up");
      await ip("-n", name, "link", "set", "lo", "up");
      return {
        name,
        host: there!,
        // The link goes with it.
        [Symbol.asyncDispose]: () => ip("netns", "del", name),
      };
    } catch (error) {
      await ip("netns", "del", name);
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

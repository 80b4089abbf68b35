// What tests of files share: directories of a moment, and what is in them.
import { commandCarrier, Tunnel, type TunnelOptions } from "../../mod.ts";

/** A directory of a moment. */
export interface Folder extends AsyncDisposable {
  /** Its path. */
  path: string;
  /** The path of something in it. */
  at(name: string): string;
  /** The names of what is in it, sorted. */
  names(): string[];
  /** The text of a file in it. */
  text(name: string): string;
}

/** Makes a directory that disposing removes. */
export async function folder(parent?: string): Promise<Folder> {
  const path = await Deno.realPath(
    await Deno.makeTempDir({
      prefix: "tongs-files-",
      ...(parent === undefined ? {} : { dir: parent }),
    }),
  );
  return {
    path,
    at: (name) => `${path}/${name}`,
    names: () => [...Deno.readDirSync(path)].map(({ name }) => name).sort(),
    text: (name) => Deno.readTextFileSync(`${path}/${name}`),
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

/** Bytes that no compression makes smaller. */
export function noise(size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i += 65536) {
    crypto.getRandomValues(bytes.subarray(i, i + 65536));
  }
  return bytes;
}

/** Makes a file `big` that takes no room, and more time than anybody has. Returns its path. */
export async function sparse(dir: Folder): Promise<string> {
  await Deno.writeFile(dir.at("big"), new Uint8Array());
  await Deno.truncate(dir.at("big"), 2 ** 40);
  return dir.at("big");
}

/** The SHA-256 of some bytes, by other means than tongs'. */
export async function digestOf(
  bytes: Uint8Array<ArrayBuffer>,
): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/**
 * Runs a command of root's as an ordinary user is treated: by the bits of files. It stays root, as
 * another user may not get at the runtime and at this project.
 */
export const ORDINARY = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"];

/** A tunnel through any command on this machine. */
export class Through extends Tunnel {
  /**
   * Constructs a new instance.
   *
   * @param command What stands before the agent's own command.
   * @param options How to use it.
   */
  constructor(command: string[], options: TunnelOptions = {}) {
    super("through", commandCarrier((argv) => [...command, ...argv], true), {
      runtime: Deno.execPath(),
      ...options,
    });
  }
}

/** A stream that goes on until it is cancelled. */
export function endless(): {
  stream: ReadableStream<Uint8Array>;
  cancelled: Promise<unknown>;
} {
  const { promise: cancelled, resolve } = Promise.withResolvers<unknown>();
  const bytes = noise(64 * 1024);
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(bytes),
    cancel: resolve,
  }, { highWaterMark: 0 });
  return { stream, cancelled };
}
